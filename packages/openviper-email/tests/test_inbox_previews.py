"""Templates with sample contexts, as the inbox shows them."""

from __future__ import annotations

import sys

import pytest
from inbox_client import ask
from preview_shop import PREVIEWS, installed_shop, show

from openviper.conf import override_settings
from openviper.core.email.previews import load_previews


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Installs an app ``inbox_shop``, with others whose mail_previews are given."""
    with installed_shop(tmp_path, monkeypatch) as install:
        yield install


async def test_the_previews_of_each_app_are_listed(shop):
    """By their subjects, with links that lead to them."""
    with shop():
        page = (await ask("/previews")).text
        for text in ("inbox_shop", "Welcome", "Hostile", "preview_welcome.md", "hostile/name &amp; more"):
            assert text in page
        assert "name=hostile%2Fname+%26+more" in page
        assert "Hostile" in (await ask("/previews/show?app=inbox_shop&name=hostile%2Fname+%26+more")).text


async def test_a_preview_is_shown_as_it_would_be_sent(shop):
    """Its html in the frame, its text, and the variables that it was made of."""
    with shop():
        assert "<iframe" in (await show("preview_welcome.md")).text
        frame = await show("preview_welcome.md", "frame")
        assert "Welcome, Ada!</h1>" in frame.text
        assert "sandbox" in frame.headers["content-security-policy"]
        assert "# Welcome, Ada!" in (await show("preview_welcome.md", "text")).text
        context = (await show("preview_welcome.md", "context")).text
        assert "&#39;Ada&#39;" in context


async def test_html_alone_has_the_text_that_would_be_made_of_it(shop):
    """As a message without text gets it; images come from the preview's attachments."""
    with shop():
        text = (await show("preview_page.html", "text")).text
        assert "Ada" in text
        assert "&lt;h1&gt;" not in text
        assert 'src="data:image/png;base64,eA=="' in (await show("preview_page.html", "frame")).text
        assert "1 image from elsewhere is blocked" in (await show("preview_page.html")).text


async def test_text_alone_has_no_frame(shop):
    """And nothing in it is escaped twice."""
    with shop():
        page = (await show("preview_plain.txt")).text
        assert "<iframe" not in page
        assert "Dear O&#39;Brien" in page
        assert (await show("preview_plain.txt", "html")).status == 200


async def test_a_value_of_a_preview_is_text(shop):
    """In the frame and on our pages."""
    with shop():
        for page in ("frame", "text", "context", "html"):
            assert "<script" not in (await show("hostile/name & more", page)).text


@pytest.mark.parametrize(("name", "person"), [("called", "Bob"), ("awaited", "Grace")])
async def test_a_context_may_be_a_function(shop, name, person):
    """Called whenever the preview is shown, in a thread if it is not async."""
    with shop():
        assert f"Welcome, {person}!" in (await show(name, "frame")).text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("incomplete", "&#39;name&#39; is undefined"),
        ("broken", "LookupError: no &lt;b&gt;order&lt;/b&gt; yet"),
        ("wrong", "returned 3; expected a mapping"),
        ("preview_missing.md", "is in none of these folders"),
    ],
)
async def test_a_broken_preview_shows_its_error(shop, name, sentence):
    """On its own page, with status 200; the list and the frame stand."""
    with shop():
        page = await show(name)
        assert page.status == 200
        assert sentence in page.text
        assert (await show(name, "frame")).status == 200
        assert "Welcome" in (await ask("/previews")).text


@pytest.mark.parametrize(
    ("previews", "sentence"),
    [
        ("import not_there_at_all", "ModuleNotFoundError: No module named &#39;not_there_at_all&#39;"),
        ("1 / 0", "ZeroDivisionError"),
        ("PREVIEWS = (", "SyntaxError"),
        ("", "PREVIEWS=None; expected a tuple"),
        ("PREVIEWS = {'a.md': {}}", "expected a tuple"),
        ("PREVIEWS = ['a.md']", "PREVIEWS[0]=&#39;a.md&#39; is no Preview"),
        (
            "from openviper.core.email.previews import Preview\nPREVIEWS = (Preview('a.md'),) * 2",
            "is a second &#39;a.md&#39;",
        ),
        (
            "from openviper.core.email.previews import Preview\nPREVIEWS = (Preview('a.md', context=3),)",
            "has context=3",
        ),
        ("from openviper.core.email.previews import Preview\nPREVIEWS = (Preview(b'a.md'),)", "expected text"),
    ],
)
async def test_a_broken_module_is_explained_and_the_others_are_listed(shop, previews, sentence):
    """Whatever is in it."""
    with shop(inbox_other=previews):
        page = (await ask("/previews")).text
        assert sentence in page
        assert "Welcome" in page


async def test_an_app_without_previews_is_not_listed(shop):
    """Nor is one that is not there."""
    with shop(inbox_none=None):
        page = (await ask("/previews")).text
        assert "inbox_none" not in page


async def test_what_is_mended_is_shown_at_the_next_look(shop, tmp_path):
    """A module that could not be imported is imported again."""
    with shop(inbox_mended="1 / 0"):
        assert "ZeroDivisionError" in (await ask("/previews")).text
        mended = (
            "from openviper.core.email.previews import Preview\nPREVIEWS = [Preview('preview_welcome.md', 'Mended')]\n"
        )
        (tmp_path / "inbox_mended" / "mail_previews.py").write_text(mended)
        assert "Mended" in (await ask("/previews")).text


async def test_without_previews_the_page_tells_how_to_make_some():
    """With the lines to copy."""
    with override_settings(INSTALLED_APPS=(), TEMPLATES_DIR="/nonexistent"):
        page = (await ask("/previews")).text
        assert "from openviper.core.email.previews import Preview" in page


async def test_a_project_that_is_its_own_app_has_previews_too(shop, tmp_path, monkeypatch):
    """In the root layout, beside its settings."""
    from openviper.core.projects import search_from

    root = tmp_path / "inbox_root"
    root.mkdir()
    (root / "settings.py").write_text("")
    (root / "mail_previews.py").write_text(PREVIEWS.replace("Welcome", "Root"))
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.delitem(sys.modules, "mail_previews", raising=False)
    search_from(str(root))
    try:
        with shop():
            assert [each.app for each in load_previews()] == ["inbox_shop", "inbox_root"]
            assert (await show("preview_plain.txt", app="inbox_root")).status == 200
    finally:
        search_from(None)
        sys.modules.pop("mail_previews", None)


def test_previews_can_be_loaded_without_the_page(shop):
    """For commands and tests."""
    with shop():
        (app,) = load_previews(["inbox_shop"])
        assert (app.app, app.previews[0].template, app.error) == ("inbox_shop", "preview_welcome.md", "")
