"""An app with previews, as the inbox shows them."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from urllib.parse import quote

from inbox_client import ask

from openviper.conf import override_settings

__all__ = ["PREVIEWS", "installed_shop", "show"]

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


@contextmanager
def installed_shop(tmp_path, monkeypatch):
    """Make an app ``inbox_shop``; give ``install(**mail_previews of other apps)``, inside which they are installed."""
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
    """Ask for a page of a preview."""
    return await ask(f"/previews/{page}?app={app}&name={quote(name)}")
