"""Characters that have no place in an address or a header, and what to call them in an error sentence."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["first_invisible", "first_unprintable", "named", "quoted"]

# CR, LF, NUL and the other controls of ASCII and Latin-1 (NEL among them), the two separators of Unicode that many
# programs take for line ends, and halves of surrogate pairs, which no encoding has.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# In names of people, these join letters (Persian, Hindi, emoji) or say which way a neutral character reads.
_JOINERS = frozenset("\u200c\u200d\u200e\u200f\u061c")

# What the names of controls are in Unicode's aliases, which unicodedata.name() does not know.
_CONTROLS = {
    "\0": "NUL",
    "\t": "TAB",
    "\n": "LINE FEED",
    "\r": "CARRIAGE RETURN",
    "\x1b": "ESCAPE",
    "\x7f": "DELETE",
    "\x85": "NEXT LINE",
}
_SHOWN = 200


def first_unprintable(text: str) -> str | None:
    """Return the first control, line separator or lone surrogate in ``text``."""
    # Most text is printable as a whole, and that is the faster question.
    if text.isprintable():
        return None
    found = _UNPRINTABLE.search(text)
    return found[0] if found else None


def first_invisible(text: str) -> str | None:
    """Return the first character that shows nothing or reorders others: what spoofs a name.

    Those of :func:`first_unprintable`, and format characters (category Cf) but for the joiners and marks that names are
    written with.
    """
    if text.isprintable():
        return None
    for char in text:
        category = unicodedata.category(char)
        if category in {"Cc", "Cs", "Zl", "Zp"} or (category == "Cf" and char not in _JOINERS):
            return char
    return None


def named(char: str) -> str:
    """Return ``U+200B ZERO WIDTH SPACE`` for a character."""
    name = _CONTROLS.get(char) or unicodedata.name(char, "") or _category_name(char)
    return f"U+{ord(char):04X} {name}"


def _category_name(char: str) -> str:
    return {"Cc": "a control character", "Cs": "a lone surrogate"}.get(unicodedata.category(char), "unassigned")


def quoted(value: object) -> str:
    """Return a value for an error sentence: escaped, and cut where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"
