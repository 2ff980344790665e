"""Telling what a developer wrote from what a value says, in the text that a Markdown template rendered.

Each character of the template that Markdown could take for markup gets a mark before it when the template is compiled:
private-use characters, drawn at random for each environment, that nobody outside the process knows, and one that says
which character it is for. Values get none. Whatever the template then does with both (blocks, macros, ``~``, filters),
an unmarked ``*`` came from a value. It reaches the Markdown parser as a private-use character, which is a letter to it,
in text, in code and in addresses alike, and becomes itself again in the html.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterator
from typing import Any, cast

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from openviper.core.email._rendering.html_text import text_from_html

__all__ = ["MarkData", "Marker", "has_disguised", "revealed", "text_of", "without_values"]

_DISGUISE = 0x10F000
_KEYS = 0xFFF00
_SPECIAL = string.punctuation + string.whitespace
#: After a ``<`` of the template that a value follows: no tag begins there.
_NO_TAG = chr(_DISGUISE + 0x80)
_ANY_DISGUISED = re.compile(f"[{chr(_DISGUISE)}-{_NO_TAG}]")
_MARKED = re.compile(rf"[{re.escape(_SPECIAL)}]|(?<=<)[A-Za-z]")
# Whatever of marks and disguises a value itself has, or a filter that cut the text has left.
_ANY_PRIVATE = re.compile(f"[{chr(0xF0000)}-{chr(0xFFFFD)}{chr(_DISGUISE)}-{_NO_TAG}]")
_TRUSTED = {f"{chr(_KEYS + ord(char))}{char}": char for char in _SPECIAL + string.ascii_letters}
_DISGUISES = {ord(char): chr(_DISGUISE + ord(char)) for char in _SPECIAL}
_REVEALED = str.maketrans({chr(_DISGUISE + ord(char)): char for char in _SPECIAL} | {_NO_TAG: ""})


class Marker:
    """The marks of one environment."""

    def __init__(self) -> None:
        self._mark = "".join(chr(0xF0000 + secrets.randbelow(0xFF00)) for _ in range(5))
        self._marks = re.compile(f"{self._mark}[{chr(_KEYS)}-{chr(_KEYS + 0x7F)}]?")

    def marked(self, source: object) -> str:
        """Return what a developer wrote, with its marks."""
        return _MARKED.sub(lambda match: f"{self._mark}{chr(_KEYS + ord(match[0]))}{match[0]}", str(source))

    def typed(self, rendered: str) -> str:
        """Return what a template rendered without the marks: the values as they were typed."""
        return _ANY_PRIVATE.sub("", self._marks.sub("", rendered))

    def disguised(self, rendered: str) -> str:
        """Return it for the Markdown parser: without the marks, and nothing in the values that could be markup."""
        value, *pieces = rendered.split(self._mark)
        parts = [_disguise(value)]
        for piece in pieces:
            char, rest = _TRUSTED.get(piece[:2]), piece[2:]
            if char is None:
                # A filter cut the mark from its character.
                char, rest = "", piece
            # What follows a < of the template at once came from a value.
            parts.append(f"<{_NO_TAG}" if char == "<" and rest else char)
            parts.append(rest if rest.isalnum() else _disguise(rest))
        return "".join(parts)


def _disguise(value: str) -> str:
    return _ANY_PRIVATE.sub("", value).translate(_DISGUISES) if value else value


class MarkData(Extension):
    """Marks the data of each template that is compiled; the environment has a ``marker``."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of a template, its data marked."""
        marker = cast("Marker", getattr(self.environment, "marker"))  # noqa: B009 - jinja2.Environment has none
        for token in stream:
            yield Token(token.lineno, "data", marker.marked(token.value)) if token.type == "data" else token


def text_of(value: Any) -> Any:
    """Return a value as it is shown in text: of safe html its text, anything else as it is."""
    return text_from_html(value.__html__()).rstrip("\n") if hasattr(value, "__html__") else value


def has_disguised(text: str) -> bool:
    """Tell whether some of ``text`` came from a value."""
    return _ANY_DISGUISED.search(text) is not None


def without_values(text: str) -> str:
    """Return ``text`` without the characters that came from values."""
    return _ANY_DISGUISED.sub("", text)


def revealed(text: str) -> str:
    """Return ``text`` as it was typed."""
    return text.translate(_REVEALED)
