"""Bodies as they travel: ASCII lines of at most 998 characters that end in CRLF (RFC 2045, sections 2.7 and 6).

Each is a list of pieces that end at a line's end. Large ones are cut first and encoded piece by piece: a call into C
keeps every other thread of Python waiting, the event loop's too.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Iterable, Iterator
from itertools import chain
from struct import Struct
from typing import NamedTuple

__all__ = ["LONGEST_LINE", "Body", "base64_body", "text_body"]

#: Of anything in a message, in octets without its CRLF (RFC 5322, 2.1.1).
LONGEST_LINE = 998
# Of a piece of text, in characters.
_CHARACTERS = 65_536
# Of a line of base64 before and after, and of a piece in bytes.
_LINE = 57
_OCTETS = _LINE * 8_192
# Sixteen lines at a time, which is the fastest way to cut bytes.
_LINES = Struct("76s" * 16)

# Mailboxes in mbox format alter such a line, and with it the signature.
_FROM = re.compile(rb"^From ", re.MULTILINE)
_ASCII = bytes(range(128))
# RFC 2045, 6.7: a line has 76 at most.
_WIDTH = 76
_LONG = re.compile(rb"^[^\r\n]{77,}", re.MULTILINE)


class Body(NamedTuple):
    """An encoded body."""

    #: The value of ``Content-Transfer-Encoding``.
    encoding: str
    pieces: list[bytes]


def text_body(text: str) -> Body:
    """Return a text with CRLF for every line end that it has (a bare CR or LF too), and one at its end.

    As it is where that can travel, else in quoted-printable or base64, whichever is shorter.
    """
    pieces = _utf8_pieces(text)
    beyond_ascii = sum(len(piece.translate(None, _ASCII)) for piece in pieces if not piece.isascii())
    if not beyond_ascii and all(map(_travels, pieces)):
        return Body("7bit", pieces)
    # Quoted-printable has two bytes more for each byte beyond ASCII; base64, with its line ends, 37 % more in all.
    if 2 * beyond_ascii <= 0.37 * sum(map(len, pieces)):
        return Body("quoted-printable", [_quoted_printable(piece) for piece in pieces])
    return base64_body(pieces)


def base64_body(raw: Iterable[bytes | memoryview]) -> Body:
    """Return bytes, given in pieces, in base64."""
    return Body("base64", [_base64_lines(piece) for piece in _whole_lines(raw)])


def _utf8_pieces(text: str) -> list[bytes]:
    if len(text) <= _CHARACTERS:
        return [_with_end(_crlf(text)).encode()]
    pieces = [_crlf(piece).encode() for piece in _cut(text)]
    if not pieces[-1].endswith(b"\r\n"):
        pieces[-1] += b"\r\n"
    return pieces


def _crlf(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\n", "\r\n")


def _with_end(text: str) -> str:
    return text if text.endswith("\r\n") else text + "\r\n"


def _cut(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _CHARACTERS:
        limit = start + _CHARACTERS
        end = max(text.rfind("\n", start, limit), text.rfind("\r", start, limit)) + 1 or limit
        if text[end - 1] == "\r" and text[end] == "\n":
            end += 1
        yield text[start:end]
        start = end
    yield text[start:]


def _travels(lines: bytes) -> bool:
    if lines.startswith(b"From ") or b"\nFrom " in lines:
        return False
    start, size = 0, len(lines)
    while size - start > LONGEST_LINE + 2:
        # The last line end that a line's longest length reaches.
        end = lines.rfind(b"\n", start, start + LONGEST_LINE + 2)
        if end < 0:
            return False
        start = end + 1
    return lines.endswith(b"\n")


def _quoted_printable(piece: bytes) -> bytes:
    encoded = b2a_qp(piece)
    if b"\n" not in piece:
        # It takes the kind of line end from the first that it sees; and this line goes on in the next piece.
        encoded = _LONG.sub(_cut_line, encoded.replace(b"\n", b"\r\n") + b"=\r\n")
    elif b"=20\r\n" in encoded or b"=09\r\n" in encoded:
        # For a blank at a line's end it does not count that three characters come of it.
        encoded = _LONG.sub(_cut_line, encoded)
    # Looked for first: hardly any text has it, and the expression takes eight times as long to find that out.
    return _FROM.sub(b"=46rom=\r\n ", encoded) if b"From " in encoded else encoded


def _cut_line(line: re.Match[bytes]) -> bytes:
    end = _WIDTH - 3
    # Not within =XX.
    while b"=" in line[0][end - 2 : end]:
        end -= 1
    return line[0][:end] + b"=\r\n" + line[0][end:]


def _whole_lines(raw: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    rest = b""
    for piece in raw:
        view = memoryview(rest + piece if rest else piece)
        whole = len(view) // _LINE * _LINE
        for start in range(0, whole, _OCTETS):
            yield bytes(view[start : min(start + _OCTETS, whole)])
        rest = bytes(view[whole:])
    if rest:
        yield rest


def _base64_lines(raw: bytes) -> bytes:
    line = b2a_base64(raw, newline=False)
    whole = len(line) // _LINES.size * _LINES.size
    lines = chain.from_iterable(_LINES.iter_unpack(memoryview(line)[:whole]))
    rest = (line[start : start + 76] for start in range(whole, len(line), 76))
    return b"\r\n".join((*lines, *rest, b""))
