"""Taking a message apart: its headers, and where its parts stand (RFC 5322, RFC 2045, RFC 2046).

The standard library's parser goes as deep as a message says and looks at each line for each level: a message of a few
megabytes keeps it busy for minutes. Here a delimiter is one search, the depth and the number of parts are bounded, and
nothing is copied. What is broken is read as far as it goes, as mail programs do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from email.utils import collapse_rfc2231_value
from functools import cached_property

__all__ = ["MAX_PARTS", "Part", "parse_message", "read_headers"]

#: In a message; what comes after the last of them is left out.
MAX_PARTS = 200
_MAX_DEPTH = 10
# Of what is searched at a time, in bytes.
_STEP = 1024 * 1024
# Of a header section, in bytes, and of the value of a header that parameters are read from, in characters.
_MAX_HEAD = 256 * 1024
_MAX_HEADERS = 500
_MAX_VALUE = 4096

_BLANK = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(r"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)


@dataclass(frozen=True)
class Part:
    """A message, or one of its parts. Not in slots, for what is read from its headers is read once."""

    #: The whole message, and where the body of this part stands in it.
    raw: bytes
    start: int
    end: int
    #: Names as they were written, values unfolded, not decoded.
    headers: tuple[tuple[str, str], ...]
    depth: int = 0
    children: tuple[Part, ...] = ()

    def header(self, name: str) -> str:
        """Return the first header of that name, in any case; ``""``: there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @cached_property
    def content_type(self) -> str:
        """``text/html``, in lower case; what is no type is ``text/plain`` (RFC 2045, 5.2)."""
        return self._parsed.get_content_type()

    @cached_property
    def disposition(self) -> str:
        """``attachment``, ``inline`` or another word, in lower case; ``""``: none is given."""
        return self._parsed.get_content_disposition() or ""

    @property
    def encoding(self) -> str:
        """The transfer encoding, in lower case: ``base64``."""
        return self.header("content-transfer-encoding").strip().lower()[:40]

    @property
    def filename(self) -> str:
        """As it is given, which may be any text; ``""``: none is."""
        return self.parameter("filename", "content-disposition") or self.parameter("name")

    @property
    def size(self) -> int:
        """In bytes, as encoded."""
        return self.end - self.start

    def parameter(self, name: str, header: str = "content-type") -> str:
        """Return a parameter of a header; ``""``: it has none that can be read.

        One in the form of RFC 2231, ``filename*``, goes before the plain one beside it, which is for old programs.
        """
        try:
            values = [value for key, value in self._parsed.get_params([], header) if key.lower() == name]
            chosen = next((value for value in values if isinstance(value, tuple)), values[0] if values else "")
            return collapse_rfc2231_value(chosen)
        except (ValueError, LookupError, TypeError, AttributeError):
            return ""

    @cached_property
    def _parsed(self) -> Message:
        message = Message()
        for name in ("content-type", "content-disposition"):
            if value := self.header(name)[:_MAX_VALUE]:
                message[name] = value
        return message


def parse_message(raw: bytes) -> Part:
    """Return the message that ``raw`` is, with its parts; whatever it holds, there is one."""
    return _Parser(raw).part(0, len(raw), 0)


def read_headers(raw: bytes) -> tuple[tuple[str, str], ...]:
    """Return the headers of a message without looking at what follows them."""
    return _headers(raw[: _head_end(raw, 0, len(raw))[0]])


class _Parser:
    """Of one message, which has so many parts at most."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._left = MAX_PARTS

    def part(self, start: int, end: int, depth: int) -> Part:
        head_end, body = _head_end(self._raw, start, end)
        leaf = Part(self._raw, body, end, _headers(self._raw[start:head_end]), depth)
        boundary = leaf.parameter("boundary").encode("utf-8", "replace")
        if not leaf.content_type.startswith("multipart/") or not boundary or depth >= _MAX_DEPTH:
            return leaf
        children = tuple(self.part(*place, depth + 1) for place in self._places(boundary, body, end))
        return Part(leaf.raw, body, end, leaf.headers, depth, children)

    def _places(self, boundary: bytes, start: int, end: int) -> list[tuple[int, int]]:
        """Return where each part stands between the delimiters (RFC 2046, 5.1.1)."""
        places: list[tuple[int, int]] = []
        opened: int | None = None
        delimiter = b"--" + boundary
        at = _find(self._raw, delimiter, start, end)
        while at >= 0 and self._left > 0:
            following = at + len(delimiter)
            line_end = self._raw.find(b"\n", following, end)
            rest = self._raw[following : end if line_end < 0 else min(line_end, following + 100)]
            closes = rest.startswith(b"--")
            if (at == start or self._raw[at - 1 : at] == b"\n") and (closes or not rest.strip()):
                if opened is not None:
                    places.append((opened, self._before_line_end(at, opened)))
                    self._left -= 1
                opened = None if closes or line_end < 0 else line_end + 1
                if opened is None:
                    return places
            at = _find(self._raw, delimiter, following, end)
        if opened is not None and self._left > 0:
            # It was cut off.
            places.append((opened, end))
            self._left -= 1
        return places

    def _before_line_end(self, at: int, least: int) -> int:
        """Return where the line before ``at`` ends, whose line end belongs to the delimiter."""
        if self._raw[at - 2 : at] == b"\r\n":
            return max(at - 2, least)
        return max(at - 1, least)


def _find(raw: bytes, wanted: bytes, start: int, end: int) -> int:
    """Do as ``raw.find``, in steps: one call keeps the interpreter, and with it the event loop, to itself."""
    for begin in range(start, end, _STEP):
        at = raw.find(wanted, begin, min(begin + _STEP + len(wanted) - 1, end))
        if at >= 0:
            return at
    return -1


def _head_end(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Return where the headers end, and where the body begins."""
    if raw[start : start + 1] == b"\n":
        return start, start + 1
    if raw[start : start + 2] == b"\r\n":
        return start, start + 2
    found = _BLANK.search(raw, start, min(end, start + _MAX_HEAD))
    if found is not None:
        return found.start(), found.end()
    return (end, end) if end - start <= _MAX_HEAD else (start + _MAX_HEAD, start + _MAX_HEAD)


def _headers(head: bytes) -> tuple[tuple[str, str], ...]:
    """Return the fields, each unfolded to one line; a line that is no field is left out."""
    fields: list[list[str]] = []
    for line in _text(head).split("\n"):
        if line[:1] in (" ", "\t"):
            if fields:
                fields[-1].append(line)
        elif found := _FIELD.fullmatch(line):
            if len(fields) == _MAX_HEADERS:
                break
            fields.append([found[1], found[2].strip(" \t\r")])
    return tuple((name, "".join(lines).replace("\r", "")) for name, *lines in fields)


def _text(head: bytes) -> str:
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError:
        return head.decode("latin-1")
