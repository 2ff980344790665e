"""Whether what stands around the chunks of an archive makes one of them, for whoever reads it as gzip and tar.

The writer has it from its own sums; here it is held against what was decompressed.
"""

from __future__ import annotations

import io
import struct
import zlib

from openviper.backup.archive.compression import RAW, choose_decompression
from openviper.backup.archive.crc import combine
from openviper.backup.archive.part import inflate_part
from openviper.backup.archive.tar import BLOCK, read_member
from openviper.backup.errors import InvalidArchive

__all__ = ["check_frame"]

# RFC 1952, section 2.3: deflate, without a name or a comment; ten bytes in all.
_GZIP, _GZIP_BYTES = b"\x1f\x8b\x08\x00", 10
_TRAILER = struct.Struct("<II")


def check_frame(head: bytes, tail: bytes, dump_bytes: int, crc: int) -> None:
    """Look at the tar header, its member's size, the end of the tar file, and gzip's own CRC-32 and length.

    Args:
        head: What stands before the dump: gzip's header, and the tar header in deflate blocks that end on a byte.
        tail: What stands after it: the end of the tar file, deflated, and gzip's trailer.
        dump_bytes, crc: Of what is in between, decompressed.

    Raises:
        InvalidArchive: Together they are no archive.
    """
    stream = zlib.decompressobj(RAW)
    try:
        end = stream.decompress(tail)
    except zlib.error as error:
        raise InvalidArchive("its end is damaged") from error
    header = inflate_part(head[_GZIP_BYTES:], BLOCK, choose_decompression(fast=False))
    if not head.startswith(_GZIP) or read_member(io.BytesIO(header).read) != dump_bytes:
        raise InvalidArchive("its header is not that of its dump")
    if len(end) < -dump_bytes % BLOCK + 2 * BLOCK or end.strip(b"\x00"):
        raise InvalidArchive("its end is not that of a tar file")
    whole = combine(combine(zlib.crc32(header), crc, dump_bytes), zlib.crc32(end), len(end))
    if stream.unused_data != _TRAILER.pack(whole, (BLOCK + dump_bytes + len(end)) & 0xFFFFFFFF):
        raise InvalidArchive("its trailer is not that of its content")
