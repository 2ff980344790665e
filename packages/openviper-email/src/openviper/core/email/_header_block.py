"""The finished header of a message or a part, looked at once more before it is sent."""

from __future__ import annotations

from collections.abc import Sequence

from openviper.core.email._characters import quoted
from openviper.core.email.errors import HeaderError

__all__ = ["check_block", "header_block"]

_LONGEST_LINE = 998
# Printable ASCII, TAB, and the line ends, which are counted; with SMTPUTF8 also what UTF-8 is made of.
_ASCII = bytes((9, 10, 13, *range(32, 127)))
_UTF8 = _ASCII + bytes(range(128, 256))


def header_block(fields: Sequence[str], *, utf8: bool = False) -> bytes:
    """Return fields, each ``Name: value`` with its folds, as the lines of a header.

    Raises:
        HeaderError: What came out is not exactly these fields: something in them was read as a line end.
    """
    block = ("\r\n".join(fields) + "\r\n").encode()
    names = check_block(block, utf8=utf8)
    expected = [field.partition(":")[0] for field in fields]
    if names != expected:
        raise HeaderError(f"the header came out with the fields {quoted(names)} instead of {quoted(expected)}")
    return block


def check_block(block: bytes, *, utf8: bool = False) -> list[str]:
    """Return the names of the fields in a header.

    Raises:
        HeaderError: A line has no name and is no continuation, is too long, or has a character that no header has; or
            a line end is not CRLF.
    """
    others = block.translate(None, _UTF8 if utf8 else _ASCII)
    ends = block.count(b"\r\n")
    if others or not block.endswith(b"\r\n") or block.count(b"\r") != ends or block.count(b"\n") != ends:
        raise HeaderError(f"a header came out with bytes that it must not have: {quoted(others or block)}")
    names: list[str] = []
    for line in block[:-2].split(b"\r\n"):
        if len(line) > _LONGEST_LINE:
            raise HeaderError(f"a header came out with a line of {len(line)} octets: {quoted(line)}")
        if line[:1] in {b" ", b"\t"} and names and line.strip(b" \t"):
            continue
        name, colon, _ = line.partition(b":")
        if not colon or not name or b" " in name or b"\t" in name or not name.isascii():
            raise HeaderError(f"a header came out with a line that is no field: {quoted(line)}")
        names.append(name.decode("ascii"))
    return names
