"""Telling what a developer wrote from what a value says, in the text that a Markdown template rendered.

Each character of the template that Markdown could take for markup gets a mark before it when the template is compiled:
private-use characters, drawn at random for each rendering, that nobody can know before, and one that says which
character it is for. Values get none. Whatever the template then does with both (blocks, macros, ``~``, filters),
an unmarked ``*`` came from a value. It reaches the Markdown parser as a private-use character, which is a letter to it,
in text, in code and in addresses alike, and becomes itself again in the html.
"""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, cast
from urllib.parse import quote

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from openviper.core.email._rendering.html_text import text_from_html

__all__ = ["READING", "MarkData", "Marker", "MarkingCode", "has_disguised", "revealed", "text_of", "without_values"]

#: Filters that count or encode what they get, and would take the marks for text.
READING = ("urlencode", "tojson", "xmlattr", "length", "count", "wordcount", "wordwrap", "truncate", "center", "pprint")

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

    def plain(self, value: Any) -> Any:
        """Return a text without the marks; anything else as it is."""
        return _ANY_PRIVATE.sub("", value) if type(value) is str and self._mark in value else value

    def reading(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a filter that gets texts without the marks: one that counts or encodes them."""

        @wraps(function)
        def on_plain(*arguments: Any, **options: Any) -> Any:
            return function(*map(self.plain, arguments), **{name: self.plain(each) for name, each in options.items()})

        return on_plain

    def is_encoded_in(self, rendered: str) -> bool:
        """Tell whether the mark is there in another form, as a URL or JSON has it."""
        begin = self._mark[:2]
        return any(form in rendered for form in (quote(begin), quote(begin).lower(), json.dumps(begin)[1:-1]))

    def typed(self, rendered: str) -> str:
        """Return what a template rendered without the marks: the values as they were typed."""
        return _ANY_PRIVATE.sub("", rendered)

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


def _new_mark() -> str:
    return "".join(chr(0xF0000 + secrets.randbelow(0xFF00)) for _ in range(5))


def _with_mark(source: str, mark: str) -> str:
    return _MARKED.sub(lambda match: f"{mark}{chr(_KEYS + ord(match[0]))}{match[0]}", source)


def _disguise(value: str) -> str:
    return _ANY_PRIVATE.sub("", value).translate(_DISGUISES) if value else value


class MarkingCode(CodeGenerator):
    """Compiles what a developer wrote so that it has the mark of the rendering, whichever that is."""

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        return f"environment.marker.fresh({super()._output_const_repr(group)})"

    def visit_TemplateData(self, node: nodes.TemplateData, frame: Frame) -> None:  # noqa: N802 - its name
        self.write(f"environment.marker.fresh({node.data!r})")


class MarkData(Extension):
    """Marks the data of each template that is compiled; the environment has a ``marker``."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of a template, its data marked."""
        marker = cast("Marker", getattr(self.environment, "marker"))  # noqa: B009 - jinja2.Environment has none
        for token in stream:
            yield Token(token.lineno, "data", marker.compiled(token.value)) if token.type == "data" else token


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
