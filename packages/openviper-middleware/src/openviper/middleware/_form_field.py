"""One field of a form, looked for in its bytes as they arrive, in time linear to them.

Two kinds of forms are read: ``application/x-www-form-urlencoded`` (WHATWG URL, 5) and ``multipart/form-data``
(RFC 7578; RFC 2046, 5.1.1). Nothing is kept but what the field may still begin in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol
from urllib.parse import unquote_to_bytes

__all__ = ["FieldScan", "MultipartScan", "UrlencodedScan", "field_scan"]

# A boundary has 70 characters at most (RFC 2046, 5.1.1).
_LONGEST_BOUNDARY = 70
_LONGEST_TYPE = 1_000

_PARAMETER = re.compile(
    rb';[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))[ \t]*',
    re.DOTALL,
)
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_SPACES = re.compile(rb"[ \t]+")
_FOLD = re.compile(rb"\r\n(?=[ \t])")


class FieldScan(Protocol):
    """Is fed a body in pieces of any length, until it has found the field."""

    def feed(self, data: bytes) -> bytes | None:
        """Return the value of the first field of the name, once it is complete."""
        ...

    def end(self) -> bytes | None:
        """Return it where only the end of the body completes it."""
        ...


def field_scan(content_type: bytes, name: str) -> FieldScan | None:
    """Return what finds the field ``name`` in a body of this Content-Type; ``None`` where it is no form."""
    if len(content_type) > _LONGEST_TYPE:
        return None
    kind = content_type.partition(b";")[0].strip().lower()
    if kind == b"application/x-www-form-urlencoded":
        return UrlencodedScan(name.encode())
    boundary = _parameters(content_type).get(b"boundary", b"") if kind == b"multipart/form-data" else b""
    return MultipartScan(boundary, name.encode()) if 0 < len(boundary) <= _LONGEST_BOUNDARY else None


class UrlencodedScan:
    """Finds a field of ``a=1&b=2``, whichever of its characters are percent-encoded.

    Args:
        name: Of the field, not encoded.
    """

    def __init__(self, name: bytes) -> None:
        self._field = re.compile(rb"(?:\A|(?<=&))" + b"".join(map(_spellings, name)) + rb"(?:=([^&]*))?(?:&|\Z)")
        self._unfinished = bytearray()

    def feed(self, data: bytes) -> bytes | None:
        complete, separator, rest = data.rpartition(b"&")
        if not separator:
            # Not looked through: a field may arrive byte by byte.
            self._unfinished += data
            return None
        found = self._value(bytes(self._unfinished + complete))
        self._unfinished = bytearray(rest)
        return found

    def end(self) -> bytes | None:
        return self._value(bytes(self._unfinished))

    def _value(self, fields: bytes) -> bytes | None:
        found = self._field.search(fields)
        return None if found is None else unquote_to_bytes((found[1] or b"").replace(b"+", b" "))


class MultipartScan:
    """Finds a part by the ``name`` of its Content-Disposition.

    Args:
        boundary: Of the Content-Type, without the dashes before it.
        name: Of the field.
    """

    def __init__(self, boundary: bytes, name: bytes) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._name = name
        # The first delimiter may stand at the very beginning.
        self._buffer = bytearray(b"\r\n")
        self._searched = 0
        self._wanted = False
        self._value: bytes | None = None
        self._step: Callable[[], bool] = self._part

    def feed(self, data: bytes) -> bytes | None:
        self._buffer += data
        while self._step():
            pass
        return self._value

    def end(self) -> bytes | None:
        return None

    def _part(self) -> bool:
        """Read up to the delimiter after a part, or after what precedes the first one."""
        at = self._find(self._delimiter)
        if at < 0:
            if not self._wanted:
                self._drop(len(self._buffer) - len(self._delimiter) + 1)
            return False
        if self._wanted:
            self._value = bytes(self._buffer[:at])
            return self._finish()
        self._drop(at + len(self._delimiter))
        self._step = self._last
        return True

    def _last(self) -> bool:
        """Tell a closing delimiter, ``--boundary--``, from others."""
        if len(self._buffer) < 2:
            return False
        if self._buffer.startswith(b"--"):
            return self._finish()
        self._step = self._padding
        return True

    def _padding(self) -> bool:
        """Read white space up to the end of the delimiter's line, which begins the part's headers."""
        spaces = _SPACES.match(self._buffer)
        self._drop(0 if spaces is None else spaces.end())
        if len(self._buffer) < 2:
            return False
        # With anything else in its line it is no delimiter.
        self._step = self._headers if self._buffer.startswith(b"\r\n") else self._part
        return True

    def _headers(self) -> bool:
        at = self._find(b"\r\n\r\n")
        if at < 0:
            return False
        self._wanted = _field_name(bytes(self._buffer[:at])) == self._name
        self._drop(at + 4)
        self._step = self._part
        return True

    def _finish(self) -> bool:
        self._buffer.clear()
        self._step = self._finish
        return False

    def _find(self, text: bytes) -> int:
        at = self._buffer.find(text, max(0, self._searched - len(text) + 1))
        self._searched = len(self._buffer) if at < 0 else 0
        return at

    def _drop(self, count: int) -> None:
        if count > 0:
            del self._buffer[:count]
            self._searched = max(0, self._searched - count)


def _spellings(byte: int) -> bytes:
    """Return a pattern for all that an urlencoded form may write for one byte."""
    plain = rb"\+" if byte == 0x20 else re.escape(bytes((byte,)))
    return b"(?:%s|%%(?i:%02x))" % (plain, byte)


def _field_name(headers: bytes) -> bytes | None:
    """Return the ``name`` that a part's headers give it."""
    for line in _FOLD.sub(b"", headers).split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-disposition":
            return _parameters(value).get(b"name")
    return None


def _parameters(value: bytes) -> dict[bytes, bytes]:
    """Return the parameters of ``form-data; name="a"``, by their names in lower case; of two the first."""
    found: dict[bytes, bytes] = {}
    match = _PARAMETER.match(value, value.find(b";")) if b";" in value else None
    while match is not None:
        quoted = match[2]
        text: bytes = match[3] if quoted is None else _QUOTED_PAIR.sub(rb"\1", quoted)
        found.setdefault(match[1].lower(), text)
        match = _PARAMETER.match(value, match.end())
    return found
