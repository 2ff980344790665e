"""Taking a message apart: its headers, and where its parts stand (RFC 5322, RFC 2045, RFC 2046).

The standard library's parser goes as deep as a message says and looks at each line for each level: a message of a few
megabytes keeps it busy for minutes. Here a delimiter is one search, the depth and the number of parts are bounded, and
nothing is copied. What is broken is read as far as it goes, as mail programs do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.utils import collapse_rfc2231_value
from functools import cached_property

__all__ = ["MAX_PARTS", "Part", "parse_message", "read_headers"]

#: In a message; what comes after the last of them is left out.
MAX_PARTS = 200
_MAX_DEPTH = 10
# Lines of a message that begin as a delimiter does.
_MAX_LOOKS = 100_000
# Of what is searched at a time, in bytes.
_STEP = 1024 * 1024
# Of a header section, in bytes, and of the value of a header that parameters are read from, in characters.
_MAX_HEAD = 256 * 1024
_MAX_HEADERS = 500
_MAX_VALUE = 4096
# Of such a header; the standard library takes time in their square.
_MAX_PARAMETERS = 100
# RFC 5322, 2.1.1, with the line's end.
_MAX_LINE = 1000

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
        return self._parameters[header].get(name) or ""

    @property
    def unreadable(self) -> tuple[str, ...]:
        """The headers of which some or all parameters cannot be read."""
        return tuple(header for header, found in self._parameters.items() if None in found.values())

    @cached_property
    def _parameters(self) -> Mapping[str, Mapping[str, str | None]]:
        return {header: _parameters_of(self._parsed, header) for header in ("content-type", "content-disposition")}

    @cached_property
    def _parsed(self) -> Message:
        message = Message()
        for name in ("content-type", "content-disposition"):
            if value := self.header(name)[:_MAX_VALUE]:
                message[name] = ";".join(value.split(";")[: _MAX_PARAMETERS + 1])
        return message


def _parameters_of(message: Message, header: str) -> Mapping[str, str | None]:
    """Return the parameters of a header by their names in lower case; ``None``: it cannot be read."""
    found: dict[str, str | tuple[str | None, str | None, str]] = {}
    try:
        for key, value in message.get_params([], header):
            name = key.lower()
            if name not in found or (isinstance(value, tuple) and not isinstance(found[name], tuple)):
                found[name] = value
    except (ValueError, TypeError):
        # Pieces of a value (RFC 2231) that are numbered in no way that the standard library thought of.
        return {"": None}
    return {name: _collapsed(value) for name, value in found.items()}


def _collapsed(value: str | tuple[str | None, str | None, str]) -> str | None:
    try:
        return collapse_rfc2231_value(value)
    except ValueError:
        # Its charset is none of text, or has a NUL.
        return None


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
        self._looks = _MAX_LOOKS

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
        for at, following in self._delimiters(b"--" + boundary, start, end):
            if opened is not None:
                places.append((opened, self._before_line_end(at, opened)))
                self._left -= 1
            opened = following
            if opened is None or self._left <= 0:
                return places
        if opened is not None:
            # It was cut off.
            places.append((opened, end))
            self._left -= 1
        return places

    def _delimiters(self, delimiter: bytes, start: int, end: int) -> Iterator[tuple[int, int | None]]:
        """Go through the delimiters: where each stands, and where the next part begins; ``None``: it is the last."""
        at = start if self._raw.startswith(delimiter, start, end) else self._at_line_start(delimiter, start, end)
        while at >= 0 and self._looks > 0:
            self._looks -= 1
            following = at + len(delimiter)
            rest, line_end, _ = self._raw[following : min(end, following + _MAX_LINE)].partition(b"\n")
            closes = rest.startswith(b"--") or (not line_end and following + len(rest) == end)
            if rest.startswith(b"--") or (not rest.strip() and (line_end or closes)):
                yield at, None if closes else following + len(rest) + 1
            at = self._at_line_start(delimiter, following, end)

    def _at_line_start(self, delimiter: bytes, start: int, end: int) -> int:
        at = _find(self._raw, b"\n" + delimiter, start, end)
        return at + 1 if at >= 0 else -1

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
