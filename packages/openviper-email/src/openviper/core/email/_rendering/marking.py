"""Telling what a developer wrote from what a value says, in the text that a Markdown template rendered.

Each character of the template that Markdown could take for markup gets a mark before it when the template is compiled:
noncharacters of Unicode, drawn at random for each rendering, that nobody can know before, and two that say which
character it is for. Values get none. Whatever the template then does with both (blocks, macros, ``~``, filters),
an unmarked ``*`` came from a value, and is disguised when Markdown is read (see ``disguising``).
"""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast
from urllib.parse import quote

from openviper.core.email._rendering.disguising import NO_TAG, SPECIAL, disguise

__all__ = ["Marker"]

# Of 32 noncharacters each: as many as 60 bits.
_LENGTH = 12
_FIRST = 0xFDD0
_KEY = re.compile("[\ufdd0-\ufdef]{2}")
_ANY = re.compile(r"[\ufdd0-\ufdef]|\\ufd[de][0-9a-f]")
_MARKED = re.compile(rf"[{re.escape(SPECIAL)}]|(?<=<)[A-Za-z]")
_KEYS = {
    char: f"{chr(_FIRST + ord(char) // 32)}{chr(_FIRST + ord(char) % 32)}" for char in SPECIAL + string.ascii_letters
}
_TRUSTED = {f"{key}{char}": char for char, key in _KEYS.items()}


_drawn: ContextVar[str | None] = ContextVar("_drawn", default=None)


class Marker:
    """The marks of one environment, and those of the rendering that runs in this context."""

    def __init__(self) -> None:
        # In the compiled templates; in what they render stands the mark of that rendering.
        self._written = _new_mark()

    @property
    def _mark(self) -> str:
        return _drawn.get() or self._written

    @contextmanager
    def drawn(self) -> Generator[None]:
        """Draw the mark of a rendering: one that some message has let out is worth nothing in the next."""
        token = _drawn.set(_new_mark())
        try:
            yield
        finally:
            _drawn.reset(token)

    def marked(self, source: object) -> str:
        """Return what a developer wrote, with its marks."""
        return _with_mark(str(source), self._mark)

    def compiled(self, source: str) -> str:
        """Return a template's data with the marks that :meth:`fresh` replaces."""
        return _with_mark(source, self._written)

    def fresh(self, compiled: str) -> str:
        """Return what was marked when it was compiled with the mark of this rendering."""
        return compiled.replace(self._written, self._mark)

    def is_marked(self, value: object) -> bool:
        """Tell whether a value is text of which some has marks."""
        return type(value) is str and self._mark in value

    def plain(self, value: Any) -> Any:
        """Return a text without the marks; anything else as it is."""
        return self.typed(value) if self.is_marked(value) else value

    def plain_items(self, value: Any) -> Any:
        """Return a text, or the texts in a list, a tuple or a dict, without the marks; anything else as it is."""
        kind = type(cast("object", value))
        if kind not in (dict, list, tuple):
            return self.plain(value)
        items: Any = value.values() if kind is dict else value
        if not any(map(self.is_marked, items)):
            return value
        plain = [self.plain(each) for each in items]
        if kind is dict:
            return dict(zip(value, plain, strict=True))
        return plain if kind is list else tuple(plain)

    def typed(self, rendered: str) -> str:
        """Return what a template rendered without the marks: the values as they were typed."""
        begin, *pieces = rendered.split(self._mark)
        return begin + "".join(map(_unmarked, pieces))

    def shown(self, text: str) -> str:
        """Return a text for an error, without any piece of a mark, escaped or not."""
        return _ANY.sub("", self.typed(text))

    def is_encoded_in(self, rendered: str) -> bool:
        """Tell whether the mark is there in another form, as a URL, JSON or a ``repr()`` has it."""
        begin = self._mark[:4]
        return any(form in rendered for form in (quote(begin), quote(begin).lower(), json.dumps(begin)[1:-1]))

    def disguised(self, rendered: str) -> str:
        """Return it for the Markdown parser: without the marks, and nothing in the values that could be markup."""
        value, *pieces = rendered.split(self._mark)
        parts = [disguise(value)]
        for piece in pieces:
            char, rest = _trusted(piece)
            # What follows a < of the template at once came from a value.
            parts.append(f"<{NO_TAG}" if char == "<" and rest else char)
            parts.append(rest if rest.isalnum() else disguise(rest))
        return "".join(parts)

    def pattern(self, text: str) -> re.Pattern[str]:
        """Return what finds a text, whoever wrote it."""
        mark = re.escape(self._mark)
        return re.compile("".join(f"(?:{mark}{_KEY.pattern})?{re.escape(char)}" for char in self.typed(text)))

    def characters(self, marked: str) -> Iterator[tuple[str, str]]:
        """Yield each character without its mark, and with it where it has one."""
        value, *pieces = marked.split(self._mark)
        yield from zip(value, value, strict=True)
        for piece in pieces:
            char, rest = _trusted(piece)
            if char:
                yield char, f"{self._mark}{piece[:3]}"
            yield from zip(rest, rest, strict=True)


def _trusted(piece: str) -> tuple[str, str]:
    """Return the character that a mark was for, if it still stands behind it, and the rest."""
    char = _TRUSTED.get(piece[:3])
    if char is not None:
        return char, piece[3:]
    # A filter put another character in its place.
    return "", _unmarked(piece)


def _unmarked(piece: str) -> str:
    return piece[2:] if piece[:3] in _TRUSTED or _KEY.match(piece) else piece


def _new_mark() -> str:
    return "".join(chr(_FIRST + secrets.randbelow(32)) for _ in range(_LENGTH))


def _with_mark(source: str, mark: str) -> str:
    return _MARKED.sub(lambda match: f"{mark}{_KEYS[match[0]]}{match[0]}", source)
