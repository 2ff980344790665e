"""Raw deflate (RFC 1951), by zlib, or by ISA-L, which is faster.

What ISA-L writes is a little larger, so that it is a choice. To read it is none: it is taken where it is installed.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from openviper.backup.errors import InvalidInput

__all__ = [
    "RAW",
    "Compression",
    "Decompression",
    "Inflating",
    "choose_compression",
    "choose_decompression",
    "clear_vector_registers",
]

#: Raw deflate, for what zlib calls wbits: https://docs.python.org/3/library/zlib.html#zlib.compressobj.
RAW = -15
_ZLIB_LEVEL = 6
_ISAL_LEVEL = 1
# The largest tables: the fastest, and the smallest files.
_ISAL_MEMORY_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Compression:
    """A way to compress.

    Attributes:
        name: ``zlib`` or ``isal``.
        deflate: A chunk to deflate blocks that end on a byte, none of them the last one.
        crc: The CRC-32 of some bytes that follow others, of which it takes the CRC.
    """

    name: str
    deflate: Callable[[bytes | memoryview], bytes]
    crc: Callable[[bytes | memoryview, int], int]


class Inflating(Protocol):
    """A stream that is being decompressed, as :func:`zlib.decompressobj` has it."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def unconsumed_tail(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Decompression:
    """A way to decompress.

    Attributes:
        name: ``zlib`` or ``isal``.
        begin: A stream of raw deflate.
        inflate: A stream of raw deflate, whole; and the bytes that it is expected to become.
        error: What these raise.
        crc: As in :class:`Compression`.
    """

    name: str
    begin: Callable[[], Inflating]
    inflate: Callable[[bytes, int], bytes]
    error: type[Exception]
    crc: Callable[[bytes | memoryview, int], int]


def choose_compression(*, fast: bool = False) -> Compression:
    """Return zlib's level 6, or ISA-L, which is faster and whose files are a little larger.

    Raises:
        InvalidInput: The extra ``fast`` is not installed.
    """
    return _isal() if fast else Compression("zlib", _deflate, zlib.crc32)


def choose_decompression(*, fast: bool | None = None) -> Decompression:
    """Return ISA-L if it is installed, else zlib.

    Args:
        fast: ``True``: ISA-L; ``False``: zlib.

    Raises:
        InvalidInput: ISA-L is not installed, and must be it.
    """
    if fast is None:
        fast = find_spec("isal") is not None
    library = _isal_zlib() if fast else zlib
    return Decompression(
        "isal" if fast else "zlib",
        lambda: library.decompressobj(RAW),
        lambda data, size: library.decompress(data, RAW, size),
        library.error,
        library.crc32,
    )


def clear_vector_registers() -> None:
    """Make up for what ISA-L leaves undone: the upper halves of the vector registers stay in use.

    Until an instruction VZEROUPPER, SSE code of this thread, and of each that it starts, is slower for that; SQLite's
    ``integrity_check`` takes a sixth longer. OpenSSL's SHA-512 ends with one. ("Mixing Intel AVX and SSE code" in the
    Intel 64 and IA-32 Architectures Optimization Reference Manual.)
    """
    hashlib.sha512(usedforsecurity=False).digest()


def _deflate(chunk: bytes | memoryview) -> bytes:
    stream = zlib.compressobj(_ZLIB_LEVEL, zlib.DEFLATED, RAW)
    return stream.compress(chunk) + stream.flush(zlib.Z_SYNC_FLUSH)


def _isal() -> Compression:
    isal = _isal_zlib()

    def deflate(chunk: bytes | memoryview) -> bytes:
        stream = isal.compressobj(_ISAL_LEVEL, isal.DEFLATED, RAW, _ISAL_MEMORY_LEVEL)
        compressed: bytes = stream.compress(chunk) + stream.flush(isal.Z_SYNC_FLUSH)
        return compressed

    return Compression("isal", deflate, isal.crc32)


def _isal_zlib() -> Any:
    try:
        # An extra, and without types.
        return import_module("isal.isal_zlib")
    except ImportError as error:
        hint = "pip install 'openviper-backup[fast]'"
        raise InvalidInput(f"--fast (fast=True) needs isal, which is not installed: {hint}") from error
