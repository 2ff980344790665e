"""The types that first bytes stand for.

Each signature is checked so far that a text which happens to begin alike (a table whose first column is ``ID3``) is
left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import unpack_from
from typing import TypeAlias

from openviper.core.email._attaching.extensions import EXTENSIONS
from openviper.core.email._attaching.zip_types import zip_type

__all__ = ["sniff"]

_Finder: TypeAlias = Callable[[bytes], str | None]


def sniff(content: bytes) -> str | None:
    """Return the type that a content's bytes are of, in a few microseconds whatever its size; ``None``: no idea."""
    for prefix, found in _BY_FIRST_BYTE.get(content[:1], ()):
        if content.startswith(prefix):
            mimetype = found if isinstance(found, str) else found(content)
            if mimetype is not None:
                return mimetype
    return EXTENSIONS["tar"] if content[257:262] == b"ustar" else None


def _riff(content: bytes) -> str | None:
    forms = {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}
    extension = forms.get(content[8:12])
    return EXTENSIONS[extension] if extension else None


def _base_media(content: bytes) -> str | None:
    """ISO/IEC 14496-12: a box ``ftyp`` with the brand."""
    if content[4:8] != b"ftyp":
        return None
    brand = content[8:12]
    extension = _BRANDS.get(brand) or ("3gp" if brand[:3] == b"3gp" else "mp4")
    return EXTENSIONS[extension]


_BRANDS = {
    b"M4A ": "m4a",
    b"M4B ": "m4a",
    b"qt  ": "mov",
    b"avif": "avif",
    b"avis": "avif",
    b"heic": "heic",
    b"heix": "heic",
    b"mif1": "heif",
    b"msf1": "heif",
}


def _matroska(content: bytes) -> str | None:
    head = content[:64]
    if b"\x42\x82" not in head:
        return None
    return EXTENSIONS["webm" if b"webm" in head else "mkv"]


def _id3(content: bytes) -> str | None:
    """ID3v2, section 3.1: a version from 2 to 4, and a size in four bytes of seven bits."""
    head = content[:10]
    fits = len(head) == 10 and 2 <= head[3] <= 4 and head[4] < 0xFF and max(head[6:]) < 0x80
    return EXTENSIONS["mp3"] if fits else None


def _mpeg_audio(content: bytes) -> str | None:
    """The header of a frame, ISO/IEC 11172-3, section 2.4.1.3: layer III, with a bit rate and a sampling rate."""
    if len(content) < 4 or content[1] & 0xE6 != 0xE2 or content[1] & 0x18 == 0x08:
        return None
    return EXTENSIONS["mp3"] if 0 < content[2] >> 4 < 15 and content[2] & 0x0C != 0x0C else None


def _bitmap(content: bytes) -> str | None:
    fits = len(content) >= 26 and unpack_from("<I", content, 2)[0] == len(content)
    return EXTENSIONS["bmp"] if fits else None


def _icon(content: bytes) -> str | None:
    """A folder of 1 to 255 images, the first of which lies within the file."""
    if len(content) < 22 or content[4] == 0 or content[5]:
        return None
    size, offset = unpack_from("<II", content, 14)
    return EXTENSIONS["ico"] if size and offset >= 22 and offset + size <= len(content) else None


def _portable_executable(content: bytes) -> str | None:
    if len(content) < 64:
        return None
    start = unpack_from("<I", content, 60)[0]
    return EXTENSIONS["exe"] if content[start : start + 4] == b"PE\0\0" else None


def _parquet(content: bytes) -> str | None:
    return EXTENSIONS["parquet"] if len(content) >= 12 and content.endswith(b"PAR1") else None


_SIGNATURES: tuple[tuple[bytes, str | _Finder], ...] = (
    (b"\x89PNG\r\n\x1a\n", EXTENSIONS["png"]),
    (b"\xff\xd8\xff", EXTENSIONS["jpg"]),
    (b"GIF87a", EXTENSIONS["gif"]),
    (b"GIF89a", EXTENSIONS["gif"]),
    (b"II*\0", EXTENSIONS["tiff"]),
    (b"MM\0*", EXTENSIONS["tiff"]),
    (b"8BPS\0\1", EXTENSIONS["psd"]),
    (b"BM", _bitmap),
    (b"\0\0\1\0", _icon),
    (b"RIFF", _riff),
    (b"\0\0\0", _base_media),
    (b"\x1aE\xdf\xa3", _matroska),
    (b"ID3", _id3),
    (b"\xff", _mpeg_audio),
    (b"OggS\0", "application/ogg"),
    (b"fLaC\0", EXTENSIONS["flac"]),
    (b"MThd\0\0\0\6", EXTENSIONS["mid"]),
    (b"%PDF-", EXTENSIONS["pdf"]),
    (b"{\\rtf1", EXTENSIONS["rtf"]),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"PK\3\4", zip_type),
    (b"PK\5\6", zip_type),
    (b"\x1f\x8b\x08", EXTENSIONS["gz"]),
    (b"BZh", lambda content: EXTENSIONS["bz2"] if content[4:10] == b"1AY&SY" else None),
    (b"\xfd7zXZ\0", EXTENSIONS["xz"]),
    (b"\x28\xb5\x2f\xfd", EXTENSIONS["zst"]),
    (b"7z\xbc\xaf\x27\x1c", EXTENSIONS["7z"]),
    (b"Rar!\x1a\7", EXTENSIONS["rar"]),
    (b"MZ", _portable_executable),
    (b"\x7fELF", "application/x-executable"),
    (b"\0asm\1\0\0\0", EXTENSIONS["wasm"]),
    (b"SQLite format 3\0", EXTENSIONS["sqlite"]),
    (b"PAR1", _parquet),
    (b"wOFF\0", EXTENSIONS["woff"]),
    (b"wOF2\0", EXTENSIONS["woff2"]),
    (b"OTTO\0", EXTENSIONS["otf"]),
)


def _by_first_byte() -> dict[bytes, list[tuple[bytes, str | _Finder]]]:
    table: dict[bytes, list[tuple[bytes, str | _Finder]]] = {}
    for prefix, found in _SIGNATURES:
        table.setdefault(prefix[:1], []).append((prefix, found))
    return table


_BY_FIRST_BYTE = _by_first_byte()
