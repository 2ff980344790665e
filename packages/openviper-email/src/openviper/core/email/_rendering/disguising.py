"""What values say, disguised while Markdown is read, so that none of it is markup.

Each character that Markdown could take for markup has a noncharacter of Unicode (U+FDD0 and others that mean nothing in
any text), which is a letter to the Markdown parser, in text, in code and in addresses alike. It becomes itself again in
the html.
"""

from __future__ import annotations

import re
import string

__all__ = [
    "BREAK",
    "DISGUISED",
    "NO_TAG",
    "SPECIAL",
    "disguise",
    "first_noncharacter",
    "has_disguised",
    "revealed",
    "without_values",
]

#: What Markdown could take for markup.
SPECIAL = string.punctuation + string.whitespace

# Unicode 16, section 23.7: two at the end of each plane, and 32 that stand together.
_ENDS = "".join(chr(plane * 0x10000 + end) for plane in range(1, 17) for end in (0xFFFE, 0xFFFF))
_BLOCK = "".join(map(chr, range(0xFDD0, 0xFDF0)))
_NONCHARACTER = re.compile(f"[{_BLOCK}\ufffe\uffff{_ENDS}]")
_DISGUISES = dict(zip(SPECIAL, _BLOCK + _ENDS, strict=False))
#: After a ``<`` of the template that a value follows: no tag begins there.
NO_TAG = _ENDS[-1]

_TO_DISGUISE = str.maketrans(_DISGUISES)
_TO_REVEAL = str.maketrans({disguise: char for char, disguise in _DISGUISES.items()} | {NO_TAG: ""})
#: Some characters that came from a value.
DISGUISED = re.compile(f"[{''.join(_DISGUISES.values())}{NO_TAG}]+")
_LF, _CR = _DISGUISES["\n"], _DISGUISES["\r"]
#: The end of a line that a value has.
BREAK = re.compile(f"{_CR}{_LF}?|{_LF}")


def disguise(value: str) -> str:
    """Return text in which nothing is markup."""
    return value.translate(_TO_DISGUISE) if value else value


def has_disguised(text: str) -> bool:
    """Tell whether some of ``text`` came from a value."""
    return DISGUISED.search(text) is not None


def without_values(text: str) -> str:
    """Return ``text`` without the characters that came from values, as far as they could be markup."""
    return DISGUISED.sub("", text)


def revealed(text: str) -> str:
    """Return ``text`` as it was typed."""
    return text.translate(_TO_REVEAL)


def first_noncharacter(text: str) -> str | None:
    """Return the first of Unicode's noncharacters in ``text``; these are never part of a text that is interchanged."""
    found = _NONCHARACTER.search(text)
    return found[0] if found else None
