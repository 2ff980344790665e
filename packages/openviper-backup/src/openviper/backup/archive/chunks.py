"""The chunks an archive is compressed in, and how several threads read back what was just written.

Where each chunk stands is known to whoever has written it, and to nobody else: another reader finds one deflate stream.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openviper.backup.archive.crc import combine
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator

    from openviper.backup.archive.compression import Decompression
    from openviper.backup.archive.hashing import Source

__all__ = ["CHUNK", "WORKERS", "Layout", "decompress_chunks", "keep_freed_memory"]

#: Bytes of a dump that are compressed apart from the others. What is in memory at a time is some of these for each
#: worker, and what they become.
CHUNK = 1 << 19
#: Threads.
WORKERS = min(4, os.cpu_count() or 1)

# A stored block of one byte, the last of its stream (RFC 1951, section 3.2.4). Put after a chunk, it is found only if
# the chunk has not ended the stream itself, and ends between two blocks, as one that others follow must.
_MARK = b"!"
_MARKED_END = b"\x01\x01\x00\xfe\xff" + _MARK


@dataclass(frozen=True, slots=True)
class Layout:
    """What an archive consists of, from its first byte to its last.

    Attributes:
        head: What stands before the chunks.
        chunks: The bytes of each; 8 MiB of these numbers for a dump of a TiB.
        tail: What stands after them.
    """

    head: bytes
    chunks: array[int]
    tail: bytes


def keep_freed_memory() -> None:
    """Let this process keep up to 2 MiB that it has freed, for the next chunk.

    Since it has freed 1 MiB at once, glibc does (M_TRIM_THRESHOLD in mallopt(3)). It would give back each chunk
    otherwise, and take it again by 128 page faults, which cost as much as to decompress it.
    """
    bytes(2 * CHUNK)


def decompress_chunks(file: Source, layout: Layout, decompression: Decompression) -> Iterator[tuple[int, int]]:
    """Yield, after each chunk, the bytes of the dump so far and their CRC-32; :data:`WORKERS` threads are ahead.

    Args:
        file: An archive, read from its beginning to its end.

    Raises:
        InvalidArchive: It is not what the layout says.
    """
    _expect(file, layout.head, "beginning")
    size = crc = 0
    for length, one in _each(file, layout.chunks, decompression):
        size, crc = size + length, combine(crc, one, length)
        yield size, crc
    _expect(file, layout.tail, "end")
    if file.read(1):
        raise InvalidArchive("something follows its end")


def _each(file: Source, lengths: array[int], decompression: Decompression) -> Iterator[tuple[int, int]]:
    running: deque[Future[tuple[int, int]]] = deque()
    with ThreadPoolExecutor(WORKERS, "openviper-backup-inflate") as pool:
        for length in lengths:
            running.append(pool.submit(_decompressed, _take(file, length), decompression))
            if len(running) > WORKERS:
                yield running.popleft().result()
        for one in running:
            yield one.result()


def _decompressed(chunk: bytes, decompression: Decompression) -> tuple[int, int]:
    """Return the size of what a chunk becomes, and its CRC-32."""
    try:
        data = decompression.inflate(chunk + _MARKED_END, CHUNK + len(_MARK))
    except decompression.error as error:
        raise InvalidArchive("its compressed data is damaged") from error
    if not data.endswith(_MARK):
        raise InvalidArchive("its compressed data ends too early")
    plain = memoryview(data)[: -len(_MARK)]
    return len(plain), decompression.crc(plain, 0)


def _expect(file: Source, expected: bytes, what: str) -> None:
    if _take(file, len(expected)) != expected:
        raise InvalidArchive(f"its {what} is another one")


def _take(file: Source, length: int) -> bytes:
    data = file.read(length)
    while len(data) < length:
        more = file.read(length - len(data))
        if not more:
            raise InvalidArchive("its end is missing")
        data += more
    return data
