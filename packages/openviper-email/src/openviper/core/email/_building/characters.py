"""Characters that have no place in an address or a header, and what to call them in an error sentence."""

from __future__ import annotations

import re
import unicodedata
from reprlib import Repr

__all__ = ["first_unprintable", "named", "quoted"]

# CR, LF, NUL and the other controls of ASCII and Latin-1 (NEL among them), the two separators of Unicode that many
# programs take for line ends, and halves of surrogate pairs, which no encoding has.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
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


def named(char: str) -> str:
    """Return ``U+200B ZERO WIDTH SPACE`` for a character."""
    name = _CONTROLS.get(char) or unicodedata.name(char, "") or _category_name(char)
    return f"U+{ord(char):04X} {name}"


def _category_name(char: str) -> str:
    return {"Cc": "a control character", "Cs": "a lone surrogate"}.get(unicodedata.category(char), "unassigned")


def quoted(value: object) -> str:
    """Return a value for an error sentence: escaped, and cut where it is long."""
    if isinstance(value, str | bytes) and len(value) > _SHOWN:
        return f"{value[:_SHOWN]!r:.{_SHOWN}}... ({len(value)} {'characters' if isinstance(value, str) else 'bytes'})"
    text = repr(value) if isinstance(value, str | bytes) else _FEW.repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


class _Few(Repr):
    """Of a list or a mapping, the first items; and of an object whose repr fails, its type."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = _SHOWN
        self.maxlist = self.maxtuple = self.maxset = self.maxdict = 20

    def repr_int(self, x: int, level: int) -> str:
        # Python itself writes no more than 4,300 digits.
        return f"an int of {x.bit_length()} bits" if x.bit_length() > 4 * _SHOWN else repr(x)


_FEW = _Few()
