"""Text of strangers on a terminal: what it would obey is written as an escape."""

from __future__ import annotations

import re

__all__ = ["harmless", "harmless_line"]

# What moves the cursor, colours, or turns the reading direction of a terminal. Tabs and line ends stay.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_HARMFUL_IN_LINE = re.compile(f"[\t\n]|{_HARMFUL.pattern}")


def harmless(text: str) -> str:
    """Return ``text`` with what a terminal would obey written as an escape."""
    return _HARMFUL.sub(_escape, text)


def harmless_line(text: str) -> str:
    """Return the same in one line."""
    return _HARMFUL_IN_LINE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return ascii(found[0])[1:-1]
