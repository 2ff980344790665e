"""Templates with sample contexts, as the inbox shows them."""

from __future__ import annotations

import re
import sys
from urllib.parse import quote

import pytest
from inbox_client import ask

from openviper.conf import override_settings
from openviper.core.email.previews import load_previews

PREVIEWS = """
from openviper.core.email.attachments import AttachmentData
from openviper.core.email.previews import Preview

async def slow():
    return {"name": "Grace"}

def broken():
    raise LookupError("no <b>order</b> yet")

LOGO = AttachmentData("a.png", b"x", "image/png", "logo")
PREVIEWS = (
    Preview("preview_welcome.md", "Welcome", {"name": "Ada"}),
    Preview("preview_welcome.md", "Hostile", {"name": "<script>alert(1)</script>"}, name="hostile/name & more"),
    Preview("preview_welcome.md", "Called", lambda: {"name": "Bob"}, name="called"),
    Preview("preview_welcome.md", "Awaited", slow, name="awaited"),
    Preview("preview_welcome.md", "No name", {}, name="incomplete"),
    Preview("preview_welcome.md", "Broken", broken, name="broken"),
    Preview("preview_welcome.md", "Wrong", lambda: 3, name="wrong"),
    Preview("preview_missing.md", "Missing"),
    Preview("preview_page.html", "Page", {"name": "Ada"}, attachments=(LOGO,)),
    Preview("preview_plain.txt", "Plain", {"name": "O'Brien"}),
)
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """An installed app ``inbox_shop``, made anew; returns ``install(**files of other apps)`` -> its folder."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def app(name, previews):
        (tmp_path / name / "templates").mkdir(parents=True)
        (tmp_path / name / "__init__.py").write_text("")
        if previews is not None:
            (tmp_path / name / "mail_previews.py").write_text(previews)
        return tmp_path / name

    folder = app("inbox_shop", PREVIEWS)
    (folder / "templates" / "preview_welcome.md").write_text("# Welcome, {{ name }}!\n")
    (folder / "templates" / "preview_page.html").write_text(
        '<h1>{{ name }}</h1><img src="cid:logo"><img src="http://x/">'
    )
    (folder / "templates" / "preview_plain.txt").write_text("Dear {{ name }}")

    def install(**others):
        for name, previews in others.items():
            app(name, previews)
        return override_settings(
            INSTALLED_APPS=("inbox_shop", *others), TEMPLATES_DIR=str(tmp_path / "none"), EMAIL_BACKEND="memory"
        )

    yield install
    for name in [each for each in sys.modules if each.startswith("inbox_")]:
        if name != "inbox_client":
            del sys.modules[name]


async def show(name, page="show", app="inbox_shop"):
    return await ask(f"/previews/{page}?app={app}&name={quote(name)}")


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


async def test_markdown_without_a_preview_is_listed_apart(shop, tmp_path):
    """It is rendered without variables, and its page says where to give it some."""
    with shop():
        (tmp_path / "inbox_shop" / "templates" / "reset.md").write_text("Follow {{ link }}")
        page = (await ask("/previews")).text
        assert "Without a sample context" in page
        assert "reset.md" in page
        shown = (await show("reset.md", app="")).text
        assert "&#39;link&#39; is undefined" in shown
        assert "mail_previews.py" in shown


async def test_templates_of_every_kind_are_listed_apart(shop, tmp_path):
    """Those in Markdown first, and none that a preview names or that stands around others."""
    with shop():
        folder = tmp_path / "inbox_shop" / "templates"
        (folder / "mail").mkdir()
        for name in ("a.html", "mail/b.txt", "z.md", "email_markdown.html", "style.css"):
            (folder / name).write_text("Hello")
        _, _, others = (await ask("/previews")).text.partition("Without a sample context")
        assert re.findall(r"name=([^\"&]+)", others) == ["z.md", "a.html", "mail%2Fb.txt"]
        assert others.count("no sample context") == 3
        assert "no variables" not in others
        for name in ("a.html", "mail/b.txt"):
            page = await show(name, app="")
            assert page.status == 200
            assert "Hello" in (await show(name, "text", app="")).text
        assert (await show("style.css", app="")).status == 404


async def test_templates_of_a_module_that_cannot_be_imported_are_listed(shop, tmp_path):
    """Whatever they are, beside what is wrong with it."""
    with shop(inbox_broken="1 / 0"):
        (tmp_path / "inbox_broken" / "templates" / "styled.html").write_text("<b>x</b>")
        page = (await ask("/previews")).text
        assert "ZeroDivisionError" in page
        assert "styled.html" in page


@pytest.mark.parametrize("name", ["../secret.md", "/etc/passwd", "preview_page.html", "nope.md", ""])
async def test_no_other_template_can_be_asked_for(shop, name):
    """The name is one of those that are listed, and no path."""
    with shop():
        assert (await show(name, app="")).status == 404


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
