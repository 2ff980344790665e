"""Text beyond ASCII in headers: ``=?utf-8?q?Gr=C3=BC=C3=9Fe?=`` (RFC 2047)."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator

__all__ = ["LONGEST", "encode_words"]

#: Of an encoded word, with all that belongs to it (RFC 2047, section 2).
LONGEST = 75
# Of ``=?utf-8?q?`` and ``?=``.
_FRAME = 12

# What stands for itself in a word that may be part of a name (RFC 2047, section 5, rule 3).
_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
_Q = {byte: f"={byte:02X}" for byte in range(256)} | {byte: chr(byte) for byte in _SAFE} | {ord(" "): "_"}
# As characters: decoded as Latin-1, a byte is the character of its number.
_Q_OF = str.maketrans({chr(byte): code for byte, code in _Q.items()})


def encode_words(text: str, first: int = LONGEST, others: int = LONGEST) -> list[str]:
    """Return ``text`` as encoded words, to be put one after another with a space or a fold between.

    Each holds whole characters, in the shorter of the two encodings.

    Args:
        text: Anything that has an UTF-8 encoding.
        first: The most characters that the first word may have, at least 24 (12, and one character of four bytes).
        others: The same for the words after it.
    """
    raw = text.encode()
    # Two characters more for each byte that Q writes in hexadecimal; base64 has four for three bytes.
    q_length = len(raw) + 2 * len(raw.translate(None, _SAFE + b" "))
    if q_length <= (len(raw) + 2) // 3 * 4:
        if q_length + _FRAME <= first:
            return [f"=?utf-8?q?{raw.decode('latin-1').translate(_Q_OF)}?="]
        return [f"=?utf-8?q?{piece}?=" for piece in _q_pieces(raw, first - _FRAME, others - _FRAME)]
    if (len(raw) + 2) // 3 * 4 + _FRAME <= first:
        return [_b_word(raw)]
    room = (first - _FRAME) // 4 * 3, (others - _FRAME) // 4 * 3
    return [_b_word(piece) for piece in _whole_characters(raw, *room)]


def _b_word(raw: bytes) -> str:
    return f"=?utf-8?b?{b2a_base64(raw, newline=False).decode('ascii')}?="


def _q_pieces(raw: bytes, first: int, others: int) -> Iterator[str]:
    code = raw.decode("latin-1").translate(_Q_OF)
    room, start = first, 0
    while len(code) - start > room:
        end = start + room
        # Not within =XX, and not before a byte that continues a character: =80 to =BF.
        escape = code.find("=", end - 2, end)
        end = escape if escape >= 0 else end
        while code[end] == "=" and code[end + 1] in "89AB":
            end -= 3
        yield code[start:end]
        room, start = others, end
    yield code[start:]


def _whole_characters(raw: bytes, first: int, others: int) -> Iterator[bytes]:
    room, start = first, 0
    while len(raw) - start > room:
        end = start + room
        # 10xxxxxx: in the midst of a character.
        while raw[end] & 0xC0 == 0x80:
            end -= 1
        yield raw[start:end]
        room, start = others, end
    yield raw[start:]
