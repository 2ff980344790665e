"""Text on a terminal: what it would obey is written as an escape, and columns stand below each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["columns_of", "harmless", "harmless_line", "table"]

# What moves the cursor, colours, or turns the reading direction of a terminal. Tabs and line ends stay.
_HARMFUL = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
_HARMFUL_IN_LINE = f"[\t\n]|{_HARMFUL}"


def harmless(text: str) -> str:
    """Return ``text`` with what a terminal would obey written as an escape; tabs and line ends stay."""
    return _escaped(text, _HARMFUL)


def harmless_line(text: str) -> str:
    """Return the same in one line."""
    return _escaped(text, _HARMFUL_IN_LINE)


def columns_of(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes: two a wide character, none a combining one (UAX #11)."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines whose columns stand below each other; none ends in spaces.

    Args:
        rows: All of one length; what was not made :func:`harmless_line` is not made so here.
    """
    widths = [max(map(columns_of, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell + " " * (width - columns_of(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _escaped(text: str, pattern: str) -> str:
    # Nearly every text is printable, and a pattern takes a millisecond to compile.
    return text if text.isprintable() else re.sub(pattern, _escape, text)


def _escape(found: re.Match[str]) -> str:
    return ascii(found[0])[1:-1]


def _width(character: str) -> int:
    # Most texts are ASCII, and have no need of it.
    import unicodedata  # noqa: PLC0415

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
