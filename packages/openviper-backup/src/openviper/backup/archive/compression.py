"""How the chunks of an archive are compressed: raw deflate (RFC 1951) by zlib, or by ISA-L where speed counts more."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from openviper.backup.errors import InvalidInput

__all__ = ["Compression", "choose_compression"]

# Raw deflate; with more memory than this zlib is slower, for its tables leave the cache, and its output the same.
_RAW = -15
_MEMORY_LEVEL = 8
_ZLIB_LEVEL = 6
_ISAL_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Compression:
    """A way to compress.

    Attributes:
        name: ``zlib`` or ``isal``.
        deflate: A chunk, and the bytes before it (32 KiB, or less), to deflate blocks that end on a byte, none of
            them the last one.
        crc: The CRC-32 of some bytes behind others, of which it takes the CRC.
    """

    name: str
    deflate: Callable[[bytes, bytes], bytes]
    crc: Callable[[bytes, int], int]


def choose_compression(*, fast: bool = False) -> Compression:
    """Return zlib's level 6, or ISA-L: about nine times as fast, and its files not much larger.

    Raises:
        InvalidInput: The extra ``fast`` is not installed.
    """
    return _isal() if fast else Compression("zlib", _deflate, zlib.crc32)


def _deflate(chunk: bytes, before: bytes) -> bytes:
    stream = zlib.compressobj(_ZLIB_LEVEL, zlib.DEFLATED, _RAW, _MEMORY_LEVEL, zlib.Z_DEFAULT_STRATEGY, before)
    return stream.compress(chunk) + stream.flush(zlib.Z_SYNC_FLUSH)


def _isal() -> Compression:
    try:
        # An extra, and without types.
        isal: Any = import_module("isal.isal_zlib")
    except ImportError as error:
        hint = "pip install 'openviper-backup[fast]'"
        raise InvalidInput(f"fast=True needs isal, which is not installed: {hint}") from error

    def deflate(chunk: bytes, before: bytes) -> bytes:
        strategy = isal.Z_DEFAULT_STRATEGY
        stream = isal.compressobj(_ISAL_LEVEL, isal.DEFLATED, _RAW, _MEMORY_LEVEL, strategy, before)
        compressed: bytes = stream.compress(chunk) + stream.flush(isal.Z_SYNC_FLUSH)
        return compressed

    return Compression("isal", deflate, isal.crc32)
