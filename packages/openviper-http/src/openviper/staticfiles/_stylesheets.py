"""The addresses in a style sheet: found, and replaced.

One pass over the bytes (CSS Syntax 3): comments and strings are passed over, so that what only looks like an address is
none. Time is linear in the length, whatever stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

__all__ = ["Reference", "references", "replaced"]

_TOKEN = re.compile(rb"/\*|[\"']|\\[\s\S]|(?<![\w\x80-\xff-])url\(|@import(?![\w-])", re.IGNORECASE)
_SPACE = re.compile(rb"[ \t\r\n\f]*")
_SOURCE_MAP = re.compile(rb"/\*[#@][ \t]*sourceMappingURL=([^\s*]+)\s*\*/")
# Where a string ends (a line's end ends a broken one), and an address without quotes.
_STRING_END = {b'"': re.compile(rb'["\\\n\r\f]'), b"'": re.compile(rb"['\\\n\r\f]")}
_BARE_END = re.compile(rb"[\"'()\\ \t\r\n\f]")
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\s\S]))")


class Reference(NamedTuple):
    """An address, and where it stands, without its quotes."""

    start: int
    end: int
    #: Without the escapes of CSS.
    address: str


def references(sheet: bytes) -> Iterator[Reference]:
    """Yield the addresses of ``url(...)``, ``@import "..."`` and the ``sourceMappingURL`` comment, in their order."""
    position, import_ends = 0, -1
    while found := _TOKEN.search(sheet, position):
        token = found[0].lower()
        # Between @import and its string there are spaces and comments alone.
        is_import = import_ends >= 0 and not sheet[import_ends : found.start()].strip()
        reference, position = _read(sheet, found, is_import=is_import)
        import_ends = position if token == b"@import" or (is_import and token == b"/*") else -1
        if reference is not None:
            yield reference


def replaced(sheet: bytes, addresses: Iterable[tuple[Reference, str]]) -> bytes:
    """Return the sheet with other addresses.

    Args:
        sheet: What the references were found in.
        addresses: In the order of the references; percent-encoded, so that they need neither quotes nor escapes.
    """
    new = bytearray()
    position = 0
    for reference, address in addresses:
        new += sheet[position : reference.start] + address.encode("ascii")
        position = reference.end
    return bytes(new + sheet[position:])


def _read(sheet: bytes, found: re.Match[bytes], *, is_import: bool) -> tuple[Reference | None, int]:
    """Return the address that a token begins, if it is one, and where to go on."""
    start, position = found.span()
    token = found[0].lower()
    if token == b"/*":
        position = _after(sheet, b"*/", position)
        source_map = _SOURCE_MAP.match(sheet, start, position)
        return (_reference(sheet, *source_map.span(1)) if source_map else None), position
    if token in _STRING_END:
        end = _until(sheet, position, _STRING_END[token])
        is_address = is_import and sheet[end : end + 1] == token
        return (_reference(sheet, position, end) if is_address else None), end + 1
    return _read_url(sheet, position) if token == b"url(" else (None, position)


def _read_url(sheet: bytes, position: int) -> tuple[Reference | None, int]:
    """Return the address that follows ``url(``, if it is whole, and where to go on."""
    start = _spaces_end(sheet, position)
    quote = sheet[start : start + 1]
    if quote in _STRING_END:
        end = _until(sheet, start + 1, _STRING_END[quote])
        return (_reference(sheet, start + 1, end) if sheet[end : end + 1] == quote else None), end + 1
    end = _until(sheet, start, _BARE_END)
    closing = _spaces_end(sheet, end)
    if sheet[closing : closing + 1] in (b")", b""):
        return _reference(sheet, start, end), closing
    # No address; what stands there may begin one.
    return None, closing


def _reference(sheet: bytes, start: int, end: int) -> Reference:
    text = sheet[start:end].decode("utf-8", "surrogateescape")
    return Reference(start, end, _ESCAPE.sub(_unescaped, text) if "\\" in text else text)


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        number = int(found[1], 16)
        return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return found[2].strip("\r\n\f")


def _until(sheet: bytes, position: int, stop: re.Pattern[bytes]) -> int:
    """Return where ``stop`` matches first; what a backslash escapes does not count."""
    while (found := stop.search(sheet, position)) and found[0] == b"\\":
        position = found.end() + 1
    return found.start() if found else len(sheet)


def _after(sheet: bytes, text: bytes, position: int) -> int:
    found = sheet.find(text, position)
    return len(sheet) if found < 0 else found + len(text)


def _spaces_end(sheet: bytes, position: int) -> int:
    found = _SPACE.match(sheet, position)
    return found.end() if found else position
