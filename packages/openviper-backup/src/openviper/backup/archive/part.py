"""Decompress a part of a deflate stream (RFC 1951) that others follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup.archive.compression import Decompression

__all__ = ["inflate_part"]

# A stored block of one byte, the last of its stream (section 3.2.4). Put after a part, it is found only if that has not
# ended the stream itself, and ends between two blocks, as one that others follow must.
_MARK = b"!"
_MARKED_END = b"\x01\x01\x00\xfe\xff" + _MARK


def inflate_part(part: bytes, size: int, decompression: Decompression) -> memoryview:
    """Return what a part becomes by itself.

    Args:
        size: The most bytes that it may become.

    Raises:
        InvalidArchive: It is damaged, becomes more, or nothing may follow it.
    """
    try:
        data = decompression.inflate(part + _MARKED_END, size + len(_MARK))
    except decompression.error as error:
        raise InvalidArchive("its compressed data is damaged") from error
    if not data.endswith(_MARK):
        raise InvalidArchive("its compressed data ends too early")
    if len(data) > size + len(_MARK):
        raise InvalidArchive("its compressed data becomes more than was compressed")
    return memoryview(data)[: -len(_MARK)]
