"""Characters that have no place in an address or a header, and what to call them in an error sentence."""

from __future__ import annotations

import re
import unicodedata
from reprlib import Repr

from openviper.core.email.errors import HeaderError

__all__ = ["check_text", "first_unprintable", "named", "printable", "quoted"]

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
# Of a subject or a value, in characters: Postfix cuts a header off at 100 kB (header_size_limit).
_LONGEST = 65_536
# Of what somebody said, in characters.
_LONGEST_SAID = 1_000


def first_unprintable(text: str) -> str | None:
    """Return the first control, line separator or lone surrogate in ``text``."""
    # Most text is printable as a whole, and that is the faster question.
    if text.isprintable():
        return None
    found = _UNPRINTABLE.search(text)
    return found[0] if found else None


def check_text(value: str, place: str) -> None:
    """Refuse text that would not be one line of a header.

    Args:
        value: A subject, a name, a value.
        place: What it was given as, for the error: ``subject``.

    Raises:
        HeaderError: It is no ``str``, or has CR, LF, NUL or another control, NEL, U+2028, U+2029 or half of a
            surrogate pair; or more than 65,536 characters.
    """
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise HeaderError(f"{place}={quoted(value)} is of type {type(value).__name__}; expected a str")
    if len(value) > _LONGEST:
        raise HeaderError(f"{place}={quoted(value)} is too long for a header; expected up to {_LONGEST} characters")
    char = first_unprintable(value)
    if char:
        raise HeaderError(f"{place}={quoted(value)} has {named(char)}; expected one line of text without controls")


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


def printable(text: str) -> str:
    """Return one line that is fit for a log, of 1,000 characters at most."""
    if len(text) > _LONGEST_SAID:
        text = f"{text[: _LONGEST_SAID - 1]}…"
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)


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
