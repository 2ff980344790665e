"""Templates without a sample context, as the inbox shows them."""

from __future__ import annotations

import re

import pytest
from inbox_client import ask
from preview_shop import installed_shop, show


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Installs an app ``inbox_shop``, with others whose mail_previews are given."""
    with installed_shop(tmp_path, monkeypatch) as install:
        yield install


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
