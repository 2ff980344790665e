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

__all__ = [
    "CHUNK",
    "WORKERS",
    "Layout",
    "Proved",
    "decompress_chunk",
    "decompress_chunks",
    "keep_freed_memory",
    "take",
]

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


@dataclass(frozen=True, slots=True)
class Proved:
    """How far an archive was read back.

    Attributes:
        chunks: How many.
        bytes: Of the file, up to the end of the last of them.
        file_crc: The CRC-32 of the chunks as they stand in it.
        dump_bytes: Of the dump in them.
        crc: The CRC-32 of those.
    """

    chunks: int = 0
    bytes: int = 0
    file_crc: int = 0
    dump_bytes: int = 0
    crc: int = 0

    def add(self, chunk: Chunk) -> Proved:
        """Return how far it is with one more chunk."""
        return Proved(
            self.chunks + 1,
            self.bytes + chunk.bytes,
            combine(self.file_crc, chunk.file_crc, chunk.bytes),
            self.dump_bytes + chunk.dump_bytes,
            combine(self.crc, chunk.crc, chunk.dump_bytes),
        )


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk that was decompressed; as :class:`Proved` has it."""

    bytes: int
    file_crc: int
    dump_bytes: int
    crc: int


def keep_freed_memory() -> None:
    """Let this process keep up to 2 MiB that it has freed, for the next chunk.

    Since it has freed 1 MiB at once, glibc does (M_TRIM_THRESHOLD in mallopt(3)). It would give back each chunk
    otherwise, and take it again by 128 page faults, which cost as much as to decompress it.
    """
    bytes(2 * CHUNK)


def decompress_chunks(
    file: Source, layout: Layout, decompression: Decompression, proved: Proved | None = None
) -> Iterator[Proved]:
    """Yield how far it is after each chunk; :data:`WORKERS` threads are ahead.

    Args:
        file: An archive, read from its beginning to its end.
        proved: Up to there, it is only made sure that it is what was decompressed before.

    Raises:
        InvalidArchive: It is not what the layout says.
    """
    _expect(file, layout.head, "beginning")
    done = proved or Proved(bytes=len(layout.head))
    crc = 0
    for length in layout.chunks[: done.chunks]:
        crc = decompression.crc(take(file, length), crc)
        yield done
    if crc != done.file_crc:
        raise InvalidArchive("it was another one a moment ago")
    for chunk in _each(file, layout.chunks[done.chunks :], decompression):
        done = done.add(chunk)
        yield done
    _expect(file, layout.tail, "end")
    if file.read(1):
        raise InvalidArchive("something follows its end")


def _each(file: Source, lengths: array[int], decompression: Decompression) -> Iterator[Chunk]:
    running: deque[Future[Chunk]] = deque()
    with ThreadPoolExecutor(WORKERS, "openviper-backup-inflate") as pool:
        for length in lengths:
            running.append(pool.submit(decompress_chunk, take(file, length), decompression))
            if len(running) > WORKERS:
                yield running.popleft().result()
        for one in running:
            yield one.result()


def decompress_chunk(chunk: bytes, decompression: Decompression) -> Chunk:
    """Decompress a chunk, and keep nothing of it.

    Raises:
        InvalidArchive: It is damaged, or nothing may follow it.
    """
    try:
        data = decompression.inflate(chunk + _MARKED_END, CHUNK + len(_MARK))
    except decompression.error as error:
        raise InvalidArchive("its compressed data is damaged") from error
    if not data.endswith(_MARK):
        raise InvalidArchive("its compressed data ends too early")
    plain = memoryview(data)[: -len(_MARK)]
    return Chunk(len(chunk), decompression.crc(chunk, 0), len(plain), decompression.crc(plain, 0))


def _expect(file: Source, expected: bytes, what: str) -> None:
    if take(file, len(expected)) != expected:
        raise InvalidArchive(f"its {what} is another one")


def take(file: Source, length: int) -> bytes:
    """Return so many bytes.

    Raises:
        InvalidArchive: There are less.
    """
    data = file.read(length)
    while len(data) < length:
        more = file.read(length - len(data))
        if not more:
            raise InvalidArchive("its end is missing")
        data += more
    return data
