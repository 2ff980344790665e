"""Whether a backup has its end: told from its last bytes, without reading it."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from openviper.backup.archive.write import tar_size

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["has_end"]

# At the end of gzip (RFC 1952, section 2.3.1): the length of what was compressed, modulo 2 to the power of 32.
_LENGTH = struct.Struct("<I")


def has_end(file: Path, dump_bytes: int, *, compressed: bool) -> bool:
    """Tell whether a backup that is not encrypted ends as one of ``dump_bytes`` does.

    Raises:
        OSError: It cannot be read.
    """
    fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        size = os.fstat(fd).st_size
        if not compressed:
            return size == dump_bytes
        tail = os.pread(fd, _LENGTH.size, max(0, size - _LENGTH.size))
        return tail == _LENGTH.pack(tar_size(dump_bytes) & 0xFFFFFFFF)
    finally:
        os.close(fd)
