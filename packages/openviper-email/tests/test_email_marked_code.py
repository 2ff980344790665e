"""What looks at the text of a block in a Markdown template: comparisons, subscripts, functions."""

from __future__ import annotations

import pytest

from openviper.conf import override_settings
from openviper.core.email._rendering.disguising import first_noncharacter
from openviper.core.email.errors import TemplateError
from openviper.core.email.templates import render_template_content

BLOCK = "{% set c %}Dear *{{ name }}*, hi{% endset %}"
EVIL = "*x* [y](http://evil.example)"


@pytest.fixture
def render(tmp_path):
    """Renders the source of a Markdown template."""

    def rendered(source, context=None, **options):
        (tmp_path / "mail.md").write_text(source, encoding="utf-8")
        with override_settings(DEBUG=True):
            return render_template_content("mail.md", {"name": "Ada L.", **(context or {})}, tmp_path, **options)

    return rendered


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ 'x' if c == 'Dear *Ada L.*, hi' }}", "x"),
        ("{{ 'x' if 'Dear *Ada L.*, hi' == c }}", "x"),
        ("{{ c != 'Dear *Ada L.*, hi' }}", "False"),
        ("{{ 'a' < c < 'z' }} {{ '*Ada' in c }} {{ c in ['Dear *Ada L.*, hi'] }}", "False True True"),
        ("{{ c is eq 'Dear *Ada L.*, hi' }} {{ c is in ['Dear *Ada L.*, hi'] }}", "True True"),
        ("{% if c is string and c == c %}x{% endif %}", "x"),
        ("{{ [c]|select('equalto', 'Dear *Ada L.*, hi')|list|length }}", "1"),
        ("{{ {'Dear *Ada L.*, hi': 'x'}[c] }}", "x"),
        ("{{ {'Dear *Ada L.*, hi': 'x'}.get(c) }} {{ ['Dear *Ada L.*, hi'].index(c) }}", "x 0"),
        ("{{ c[0] }}{{ c[5] }}{{ c[-2:] }}{{ c[:6] }}", "D*hiDear *"),
        ("{% set s %}mail.{% endset %}{% include s ~ 'txt' ignore missing %}", ""),
    ],
)
@pytest.mark.parametrize("untrusted", [False, True])
def test_what_compares_sees_what_was_typed(render, source, text, untrusted):
    """Comparisons, tests and subscripts see a block's text as it stands in the mail."""
    assert render(BLOCK + source, untrusted=untrusted)[0] == text


@pytest.mark.parametrize(
    ("call", "seen"),
    [
        ("note(c)", "Dear *Ada L.*, hi"),
        ("note(text=c)", "Dear *Ada L.*, hi"),
        ("note([c, 1])", ["Dear *Ada L.*, hi", 1]),
        ("note((c,))", ("Dear *Ada L.*, hi",)),
        ("note({'a': c})", {"a": "Dear *Ada L.*, hi"}),
    ],
)
def test_a_function_gets_what_was_typed(render, call, seen):
    """A function of the program is given a block's text without marks, also in a list or a dict."""
    got = []
    render(f"{BLOCK}{{{{ {call} }}}}", {"note": lambda text: got.append(text) or ""})
    assert got == [seen]


def test_what_a_function_returns_is_a_value(render):
    """Markdown that went through a function of the program is text, unless the template says that it is safe."""
    context = {"same": lambda text: text}
    assert "<p>Dear *Ada L.*, hi</p>" in render(BLOCK + "{{ same(c) }}", context)[1]
    assert "<p>Dear <em>Ada L.</em>, hi</p>" in render(BLOCK + "{{ same(c)|safe }}", context)[1]
    assert "<p>Dear <em>Ada L.</em>, hi</p>" in render(BLOCK + "{{ c }}", context)[1]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ c.startswith('Dear *Ada') }} {{ c.count('*') }} {{ c.find('Ada') }}", "True 2 6"),
        ("{{ c.split(' ')[1] }}", "*Ada"),
        ("{{ c.upper() }}{{ c.strip() }}", "DEAR *ADA L.*, HIDear *Ada L.*, hi"),
        ("{{ '-'.join([c, 'x']) }}", "Dear *Ada L.*, hi-x"),
    ],
)
def test_a_method_of_a_text_sees_what_was_typed(render, source, text):
    """Methods of a block's text count and cut what stands in the mail."""
    assert render(BLOCK + source)[0] == text


@pytest.mark.parametrize(
    "source",
    [
        "{% set ns = namespace(c=c) %}{{ ns.c }}",
        "{{ dict(c=c).c }}",
        "{{ cycler(c, 'x').next() }}",
        "{% for x in [1] %}{{ loop.cycle(c, 'x') }}{% endfor %}",
        "{% set l = [] %}{{ l.append(c) or '' }}{{ l[0] }}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(c) }}",
        "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ c }}{% endcall %}",
        "{% for x in c %}{{ x }}{% endfor %}",
    ],
)
def test_what_keeps_a_text_keeps_it_as_markdown(render, source):
    """What only holds or passes on a block's text does not make a value of it."""
    assert "<p>Dear <em>Ada L.</em>, hi</p>" in render(BLOCK + source)[1]


@pytest.mark.parametrize(
    "source",
    [
        "{{ c[2:] ~ v }}",
        "{{ c ~ v }}",
        "{{ same(c) ~ v }}",
        "{{ c.replace('*', v) }}",
        "{{ c.join([v, v]) }}",
        "{{ 'x' if v == c else v }}",
        "{{ {v: v}[v] }}",
        "{{ [c, v]|join('') }}",
    ],
)
def test_no_value_is_markup_beside_what_was_read(render, source):
    """None of this makes markup of a value."""
    html = render(BLOCK + source, {"v": EVIL, "name": EVIL, "same": lambda text: text})[1]
    assert "href" not in html
    assert "<em>x" not in html


def test_a_text_that_is_taken_apart_is_refused(render):
    """Where a loop would show pieces of marks, the error says so, and nothing is rendered."""
    with pytest.raises(TemplateError, match="where a loop takes it apart") as caught:
        render(BLOCK + "{% for x in c %}{{ x }}-{% endfor %}")
    assert first_noncharacter(str(caught.value)) is None


@pytest.mark.parametrize("flag", [False, True])
def test_escaping_that_a_variable_switches_leaves_markup_of_the_template(render, flag):
    """What it encloses cannot be put together when the template is compiled; it is the developer's all the same."""
    source = "{% autoescape flag %}**bold** {{ name }}{% endautoescape %}"
    text, html = render(source, {"flag": flag, "name": "*x*"})
    assert text == "**bold** *x*"
    assert "<strong>bold</strong> *x*" in html
