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

from openviper.core.email._html_text import text_from_html

__all__ = ["MarkData", "Marker", "has_disguised", "revealed", "text_of", "without_values"]

_DISGUISE = 0x10F000
_KEYS = 0xFFF00
_SPECIAL = string.punctuation + string.whitespace
_DISGUISED = {chr(_DISGUISE + ord(char)): char for char in _SPECIAL}
#: After a ``<`` of the template that a value follows: no tag begins there.
_NO_TAG = chr(_DISGUISE + 0x80)
_REVEALED = str.maketrans({**_DISGUISED, _NO_TAG: ""})
_ANY_DISGUISED = re.compile(f"[{chr(_DISGUISE)}-{_NO_TAG}]")
_MARKABLE = _SPECIAL + string.ascii_letters
_MARKED = re.compile(rf"[{re.escape(_SPECIAL)}]|(?<=<)[A-Za-z]")


def _key(char: str) -> str:
    return chr(_KEYS + ord(char))


class Marker:
    """The marks of one environment."""

    def __init__(self) -> None:
        self.mark = "".join(chr(0xF0000 + secrets.randbelow(0xFF00)) for _ in range(5))
        # A mark that lost its character (to a filter that cut or replaced it) is dropped.
        self._tokens = re.compile(
            rf"{self.mark}(?P<char>{'|'.join(f'{_key(char)}{re.escape(char)}' for char in _MARKABLE)})"
            rf"|{self.mark}[{_key(chr(0))}-{_key(chr(0x7F))}]?"
            rf"|(?P<value>[{re.escape(_SPECIAL)}])|[{self.mark}{chr(_DISGUISE)}-{_NO_TAG}]"
        )

    def marked(self, source: object) -> str:
        """Return what a developer wrote, with its marks."""
        return _MARKED.sub(lambda match: f"{self.mark}{_key(match[0])}{match[0]}", str(source))

    def typed(self, rendered: str) -> str:
        """Return what a template rendered without the marks: the values as they were typed."""
        return self._tokens.sub(lambda match: match["value"] or (match["char"] or "")[1:], rendered)

    def disguised(self, rendered: str) -> str:
        """Return it for the Markdown parser: without the marks, and nothing in the values that could be markup."""
        return self._tokens.sub(self._for_markdown, rendered)

    def _for_markdown(self, match: re.Match[str]) -> str:
        if match["value"]:
            return chr(_DISGUISE + ord(match["value"]))
        char = (match["char"] or "")[1:]
        if char == "<" and not match.string.startswith(self.mark, match.end()):
            return f"<{_NO_TAG}"
        return char


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
