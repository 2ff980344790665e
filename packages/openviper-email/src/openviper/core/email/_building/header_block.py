"""The finished header of a message or a part, looked at once more before it is sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from openviper.core.email._building.bodies import LONGEST_LINE
from openviper.core.email._building.characters import quoted
from openviper.core.email.errors import HeaderError

__all__ = ["check_block", "header_block", "part_header"]

# RFC 5322, 2.2: a name, a colon, printable characters or TAB; then lines that begin with a space and have more than
# spaces. With SMTPUTF8, UTF-8 too.
_ASCII = re.compile(rb"(?:[!-9;-~]++:[\t -~]*+\r\n(?:[\t ]++[!-~][\t -~]*+\r\n)*)+")
_UTF8 = re.compile(rb"(?:[!-9;-~]++:[\t -~\x80-\xff]*+\r\n(?:[\t ]++[!-~\x80-\xff][\t -~\x80-\xff]*+\r\n)*)+")
_NAME = re.compile(r"^([!-9;-~]++):", re.MULTILINE)


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


# Texts have the same few, message for message.
@lru_cache(maxsize=64)
def part_header(fields: tuple[str, ...]) -> bytes:
    """Return the header of a part, as :func:`header_block` does."""
    return header_block(fields)


def check_block(block: bytes, *, utf8: bool = False) -> list[str]:
    """Return the names of the fields in a header.

    Raises:
        HeaderError: A line is neither a field nor the continuation of one, is too long, or has a character that no
            header has; or a line end is not CRLF.
    """
    shape = _UTF8 if utf8 else _ASCII
    if not shape.fullmatch(block):
        good = shape.match(block)
        wrong = block[good.end() if good else 0 :].partition(b"\r\n")[0]
        raise HeaderError(f"a header came out with a line that is none: {quoted(wrong)}")
    if len(block) > LONGEST_LINE and len(longest := max(block.split(b"\r\n"), key=len)) > LONGEST_LINE:
        raise HeaderError(f"a header came out with a line of {len(longest)} octets: {quoted(longest)}")
    return _NAME.findall(block.decode("latin-1"))
