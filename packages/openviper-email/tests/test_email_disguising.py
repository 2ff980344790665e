"""What values say in Markdown, character by character."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openviper.conf import override_settings
from openviper.core.email._rendering.disguising import SPECIAL, disguise, first_noncharacter, has_disguised, revealed
from openviper.core.email._rendering.html_text import text_from_html
from openviper.core.email.errors import TemplateError
from openviper.core.email.templates import render_template_content

PLACES = "# {{ v }}\n\n**{{ v }}** `{{ v }}` [{{ v }}](https://e.org)\n\n- {{ v }}\n"


@pytest.fixture
def render(tmp_path):
    """Renders the source of a Markdown template."""

    def rendered(source, value, engine="markdown-it"):
        (tmp_path / "mail.md").write_text(source, encoding="utf-8")
        with override_settings(EMAIL_MARKDOWN=engine, DEBUG=True):
            return render_template_content("mail.md", {"v": value}, tmp_path)

    return rendered


@pytest.mark.parametrize("engine", ["markdown-it", "markdown"])
@pytest.mark.parametrize(
    "value", ["\ue000", "\uf8ff", "\U000f0000", "\U000fff2a", "\U000ffffd", "\U0010f02a", "\U0010f080", "\U0010fffd"]
)
def test_private_characters_are_values_as_any_other(render, value, engine):
    """A character of the private use areas, of which fonts make icons, comes out where it was put in."""
    source = PLACES.replace("{{ v }}", "a{{ v }}z")
    text, html = render(source, value, engine)
    assert text == source.replace("{{ v }}", value).rstrip("\n")
    assert html.count(f"a{value}z") == 5


@settings(deadline=None, max_examples=60)
@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20).filter(
        lambda text: not first_noncharacter(text)
    )
)
def test_any_value_comes_out_unchanged(tmp_path_factory, value):
    """Whatever a value is made of, the text has it as it is, and the html has what is shown of it."""
    folder = tmp_path_factory.getbasetemp()
    (folder / "value.md").write_text("a{{ v }}z")
    text, html = render_template_content("value.md", {"v": value}, folder)
    assert text == f"a{value}z"
    assert "".join(text_from_html(html).split()) == "".join(text.split())


@pytest.mark.parametrize("value", ["\ufdd0", "\ufdef", "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff"])
def test_a_noncharacter_is_refused(render, value):
    """What Unicode says is no character in any text is an error that names it, and so not taken for a mark."""
    with pytest.raises(TemplateError, match=rf"rendered U\+{ord(value):04X}, a noncharacter of Unicode") as caught:
        render("Hi {{ v }}", f"x{value}y")
    assert str(caught.value).isprintable()


def test_a_disguise_is_taken_off():
    """Each character that could be markup has one of its own, which is a letter to nobody's surprise."""
    hidden = disguise(f"a{SPECIAL}")
    assert hidden[0] == "a"
    assert len(set(hidden)) == 1 + len(SPECIAL)
    assert all(first_noncharacter(char) == char and has_disguised(char) for char in hidden[1:])
    assert revealed(hidden) == f"a{SPECIAL}"
