"""An app with templates and previews, and ``preview-email`` run in it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from itertools import count

from click.testing import CliRunner

from openviper.conf import override_settings
from openviper.core.email.commands import preview_email

PREVIEWS = """
from openviper.core.email.attachments import AttachmentData
from openviper.core.email.previews import Preview

async def gift():
    return {"name": "Zo\\u00eb", "order": {"number": 7}}

def broken():
    raise LookupError("no such order")

PREVIEWS = (
    Preview("welcome.md", "Welcome, Ada", {"name": "Ada"}),
    Preview("receipt.html", "Your receipt", gift, name="receipt of a gift"),
    Preview("receipt.html", "Your receipt", broken, name="receipt of nobody"),
    Preview("notice.txt", "Notice", {"name": "O'Brien"}, attachments=(AttachmentData("a.txt", b"hello"),)),
    Preview("typo.md", "Typo", {"nmae": "Ada", "order": {"nubmer": 1}}),
    Preview("raising.txt", "Raising", {"function": broken}),
)
"""
TEMPLATES = {
    "welcome.md": "# Welcome, {{ name }}\n\n[Confirm](https://example.org/confirm)\n",
    "receipt.html": "<h1>Receipt {{ order.number }}</h1><p>For {{ name }}</p>",
    "notice.txt": "Dear {{ name }}\n",
    "typo.md": "{{ name }}\n{% include 'foot.md' %}",
    "foot.md": "{{ when }}{% if extra is defined %}{{ extra }}{% endif %}",
    "attribute.txt": "{{ order.number }}",
    "raising.txt": "{{ function() }}",
    "syntax.txt": "{% if %}",
    "escape.txt": "\x1b]0;owned\x07{{ name }}",
}
_numbers = count()


@contextmanager
def installed_app(tmp_path, monkeypatch):
    """Install an app with templates and previews; give its dotted name."""
    name = f"preview_shop_{next(_numbers)}"
    folder = tmp_path / name
    (folder / "templates").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "mail_previews.py").write_text(PREVIEWS)
    for template, source in TEMPLATES.items():
        (folder / "templates" / template).write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    settings = {"INSTALLED_APPS": (name,), "DEFAULT_FROM_EMAIL": "Shop <shop@example.org>"}
    with override_settings(**settings, TEMPLATES_DIR=str(tmp_path / "templates")):
        yield name
    sys.modules.pop(f"{name}.mail_previews", None)


def run(*args, **options):
    """Run the command; return click's result."""
    return CliRunner().invoke(preview_email, args, **options)
