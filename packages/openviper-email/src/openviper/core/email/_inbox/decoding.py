"""Bytes and encoded words as text, whatever they claim to be."""

from __future__ import annotations

import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator
from io import BytesIO

from openviper.core.email._inbox.mime import Part

__all__ = ["content_of", "content_size", "decoded_header", "text_of", "visible"]

# Of what is decoded at a time, in bytes: one call keeps the interpreter, and with it the event loop, to itself.
_PIECE = 256 * 1024
# Of a header, in characters.
_MAX_HEADER = 4096
#: Character sets of mail. Python has codecs for other things too, some of which take hours for a megabyte (punycode).
_CHARSET = re.compile(
    r"utf-(7|8|16|32)(-[bl]e)?|utf-8-sig|ascii|iso8859-\d+|cp\d+|koi8-[rtu]|mac-\w+|tis-620|big5\w*|gb2312|gbk|gb18030|hz"
    r"|euc_\w+|shift_jis\w*|iso2022_\w+|johab|kz1048|ptcp154|hp-roman8"
)
_WORD = re.compile(r"=\?([A-Za-z0-9_.:-]{1,40})(?:\*[A-Za-z0-9-]{0,20})?\?([bBqQ])\?([^?\s]{0,1000})\?=")
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
# They change the order in which the text around them is read (Unicode Standard Annex 9).
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NO_DIGITS = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


def content_of(part: Part) -> bytes:
    """Return the bytes of a part, its transfer encoding undone as far as it can be (RFC 2045, 6)."""
    if part.encoding == "base64":
        return _from_base64(part.raw, part.start, part.end)
    if part.encoding == "quoted-printable":
        return _joined(_unquoted(part.raw, part.start, part.end))
    return part.raw[part.start : part.end]


def content_size(part: Part) -> int:
    """Return how many bytes :func:`content_of` returns."""
    if part.encoding == "base64":
        return sum(map(len, _digits(part.raw, part.start, part.end))) * 3 // 4
    if part.encoding == "quoted-printable":
        return sum(map(len, _unquoted(part.raw, part.start, part.end)))
    return part.size


def text_of(content: bytes, charset: str) -> tuple[str, str]:
    """Return ``content`` as text, and what is wrong with it: ``""``, or a sentence.

    Args:
        content: The bytes.
        charset: What they are said to be; empty: UTF-8, of which ASCII is a part.
    """
    codec = _codec(charset)
    shown = charset[:40]
    if codec is None:
        return content.decode("utf-8", "replace"), f"The charset {shown!r} is not known; it is read as UTF-8."
    try:
        return _decoded(content, codec, "strict"), ""
    except (UnicodeError, ValueError):
        return _decoded(content, codec, "replace"), f"It is not all {shown or 'UTF-8'}, which it says it is."


def _decoded(content: bytes, codec: str, errors: str) -> str:
    if len(content) <= _PIECE:
        return content.decode(codec, errors)
    decoder = codecs.getincrementaldecoder(codec)(errors)
    pieces = [decoder.decode(content[begin : begin + _PIECE]) for begin in range(0, len(content), _PIECE)]
    return "".join((*pieces, decoder.decode(b"", final=True)))


def decoded_header(value: str) -> str:
    """Return the value of a header with its encoded words decoded (RFC 2047); what is broken stays as it is."""
    value = value[:_MAX_HEADER]
    pieces: list[str] = []
    waiting, charset, end = b"", "", 0
    for word in _WORD.finditer(value):
        between = value[end : word.start()]
        # White space between two words is not part of the text (6.2). One character may stand in both.
        follows = bool(end) and not between.strip(" \t")
        if not follows or word[1].lower() != charset:
            pieces += [text_of(waiting, charset)[0], "" if follows else between]
            waiting = b""
        waiting += _word_bytes(word[2], word[3])
        charset, end = word[1].lower(), word.end()
    return "".join((*pieces, text_of(waiting, charset)[0], value[end:]))


def visible(text: str) -> str:
    r"""Return ``text`` with what is not seen, controls and what reorders text, written out: ``\x00``, ``\u202e``.

    A tab stays: it is seen as space.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(each) if _is_hidden(each) else each for each in text)


def _is_hidden(character: str) -> bool:
    is_control = unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
    return character in _REORDERING or (is_control and character != "\t")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _word_bytes(encoding: str, text: str) -> bytes:
    encoded = text.encode("utf-8")
    return _from_base64(encoded, 0, len(encoded)) if encoding in "bB" else binascii.a2b_qp(encoded, header=True)


def _from_base64(raw: bytes, start: int, end: int) -> bytes:
    """Decode what is there, as mail programs do: what is no digit does not count, nor does an incomplete end."""
    return _joined(_groups(raw, start, end))


def _joined(pieces: Iterable[bytes]) -> bytes:
    # One after another: a join of everything keeps all other threads waiting.
    buffer = BytesIO()
    buffer.writelines(pieces)
    return buffer.getvalue()


def _groups(raw: bytes, start: int, end: int) -> Iterator[bytes]:
    rest = b""
    for piece in _digits(raw, start, end):
        digits = rest + piece
        whole = len(digits) // 4 * 4
        yield binascii.a2b_base64(digits[:whole])
        rest = digits[whole:]
    if len(rest) > 1:
        yield binascii.a2b_base64(rest + b"=" * (4 - len(rest)))


def _digits(raw: bytes, start: int, end: int) -> Iterator[bytes]:
    """Go through the digits in pieces."""
    for begin in range(start, end, _PIECE):
        yield raw[begin : min(begin + _PIECE, end)].translate(None, _NO_DIGITS)


def _unquoted(raw: bytes, start: int, end: int) -> Iterator[bytes]:
    """Decode quoted-printable in pieces of whole lines, where there are lines."""
    while start < end:
        limit = min(start + _PIECE, end)
        cut = limit if limit == end else raw.rfind(b"\n", start, limit) + 1 or _between(raw, start, limit)
        yield binascii.a2b_qp(raw[start:cut])
        start = cut


def _between(raw: bytes, start: int, limit: int) -> int:
    """Return a place near ``limit`` where no ``=XX`` is cut."""
    at = raw.rfind(b"=", max(start + 1, limit - 2), limit)
    return at if at > 0 else limit


def _codec(charset: str) -> str | None:
    """Return the name of Python's codec for a charset, if it is one of text."""
    if not charset:
        return "utf-8"
    try:
        name = codecs.lookup(charset).name if _NAME.fullmatch(charset) else ""
    except LookupError:
        return None
    return name if _CHARSET.fullmatch(name) else None
