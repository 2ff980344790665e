"""Which of the many formats that are a ZIP archive one is.

Nothing is decompressed: the names in its central directory say it, or its first entry, ``mimetype``.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from

from openviper.core.email._attaching.extensions import EXTENSIONS

__all__ = ["zip_type"]

# What is looked at, of an archive that may have been made to be looked at for long.
_MOST_ENTRIES = 1_000
_LONGEST_NAME = 256
_ENTRY = b"PK\1\2"
# The fixed part of the record at the end, and a comment.
_END = 22 + 65_535

# Only those: the text could be any, also that of a page.
_DECLARED = {
    EXTENSIONS[extension].encode(): EXTENSIONS[extension]
    for extension in ("odt", "ott", "ods", "ots", "odp", "otp", "odg", "epub")
}
# What says that an archive is one of Office, or has macros. Some programs write it behind everything else.
_OFFICE_MARKS = (b"[Content_Types].xml", b"word/vbaProject.bin", b"xl/vbaProject.bin", b"ppt/vbaProject.bin")
# By their main folder: as a document, and with macros.
_OFFICE = {b"word": ("docx", "docm"), b"xl": ("xlsx", "xlsm"), b"ppt": ("pptx", "pptm")}


def zip_type(content: bytes) -> str:
    """Return the type of what begins as a ZIP archive (APPNOTE 6.3.10, sections 4.3.7 to 4.3.16)."""
    return _declared(content) or _listed(set(_names(content)))


def _declared(content: bytes) -> str | None:
    """OpenDocument 1.3, part 2, section 3.3, and EPUB 3.3: the first entry is the type, not compressed."""
    if content[30:38] != b"mimetype" or len(content) < 38:
        return None
    method, size, name_size, extra_size = unpack_from("<8xH8xI4xHH", content)
    if method or name_size != 8:
        return None
    start = 38 + extra_size
    return _DECLARED.get(content[start : start + min(size, _LONGEST_NAME)])


def _listed(names: set[bytes]) -> str:
    if b"[Content_Types].xml" in names:
        for folder, (plain, macros) in _OFFICE.items():
            if any(name.startswith(folder + b"/") for name in names):
                return EXTENSIONS[_flavour(folder, names) or (macros if _has_macros(names) else plain)]
    if b"AndroidManifest.xml" in names:
        return EXTENSIONS["apk"]
    return EXTENSIONS["jar" if b"META-INF/MANIFEST.MF" in names else "zip"]


def _flavour(folder: bytes, names: set[bytes]) -> str | None:
    return "xlsb" if folder + b"/workbook.bin" in names else None


def _has_macros(names: set[bytes]) -> bool:
    return any(name.endswith(b"/vbaProject.bin") for name in names)


def _names(content: bytes) -> Iterator[bytes]:
    end = content.rfind(b"PK\5\6", max(0, len(content) - _END))
    if end < 0 or len(content) < end + 22:
        return
    position = unpack_from("<I", content, end + 16)[0]
    for _ in range(_MOST_ENTRIES):
        if content[position : position + 4] != _ENTRY or len(content) < position + 46:
            return
        name, extra, comment = unpack_from("<3H", content, position + 28)
        yield content[position + 46 : position + 46 + min(name, _LONGEST_NAME)]
        position += 46 + name + extra + comment
    yield from (mark for mark in _OFFICE_MARKS if _has_entry(content, mark, position, end))


def _has_entry(content: bytes, name: bytes, start: int, end: int) -> bool:
    """Tell whether a name is that of an entry behind those that were read one by one."""
    found = content.find(name, start + 46, end)
    return (
        found >= 0 and content.startswith(_ENTRY, found - 46) and unpack_from("<H", content, found - 18) == (len(name),)
    )
