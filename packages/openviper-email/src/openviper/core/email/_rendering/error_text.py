"""Texts of errors, of which a template, a name or a value may have made anything."""

from __future__ import annotations

__all__ = ["MAX_ERROR", "one_line"]

#: Characters of an error's text.
MAX_ERROR = 1_000


def one_line(text: str, most: int = MAX_ERROR) -> str:
    """Return a text for an error or a log: cut, and with escapes for line ends and all else that is not printed."""
    cut = text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"
    if cut.isprintable():
        return cut
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in cut)
