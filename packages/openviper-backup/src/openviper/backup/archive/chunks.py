"""The chunks an archive is compressed in, and how several threads read back what was just written.

Where each chunk stands is known to whoever has written it, and to nobody else: another reader finds one deflate stream.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from openviper.backup.archive.crc import combine
from openviper.backup.archive.frame import check_frame
from openviper.backup.archive.part import inflate_part
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
    """How far an archive was decompressed.

    Attributes:
        chunks: How many.
        dump_bytes: Of the dump in them.
        crc: The CRC-32 of those.
        file_crc: The CRC-32 of the chunks themselves, where they are to be recognised later.
    """

    chunks: int = 0
    dump_bytes: int = 0
    crc: int = 0
    file_crc: int = 0

    def add(self, dump_bytes: int, crc: int) -> Proved:
        """Return how far it is with one more chunk, of so many bytes with this CRC-32."""
        return replace(
            self,
            chunks=self.chunks + 1,
            dump_bytes=self.dump_bytes + dump_bytes,
            crc=combine(self.crc, crc, dump_bytes),
        )


def keep_freed_memory() -> None:
    """Let this process keep up to 2 MiB that it has freed, for the next chunk.

    Since it has freed 1 MiB at once, glibc does (M_TRIM_THRESHOLD in mallopt(3)). It would give back each chunk
    otherwise, and take it again by 128 page faults, which cost nearly as much as to decompress it.
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
        InvalidArchive: It is not what the layout says, or what stands around the chunks makes no archive of them.
    """
    _expect(file, layout.head, "beginning")
    done = proved or Proved()
    crc = 0
    for length in layout.chunks[: done.chunks]:
        crc = decompression.crc(take(file, length), crc)
        yield done
    if crc != done.file_crc:
        raise InvalidArchive("it was another one a moment ago")
    for dump_bytes, crc in _each(file, layout.chunks[done.chunks :], decompression):
        done = done.add(dump_bytes, crc)
        yield done
    _expect(file, layout.tail, "end")
    if file.read(1):
        raise InvalidArchive("something follows its end")
    check_frame(layout.head, layout.tail, done.dump_bytes, done.crc)


def _each(file: Source, lengths: array[int], decompression: Decompression) -> Iterator[tuple[int, int]]:
    running: deque[Future[tuple[int, int]]] = deque()
    with ThreadPoolExecutor(WORKERS, "openviper-backup-inflate") as pool:
        for length in lengths:
            running.append(pool.submit(decompress_chunk, take(file, length), decompression))
            if len(running) > WORKERS:
                yield running.popleft().result()
        for one in running:
            yield one.result()


def decompress_chunk(chunk: bytes, decompression: Decompression) -> tuple[int, int]:
    """Return the size of what a chunk becomes, and its CRC-32.

    Raises:
        InvalidArchive: It is damaged, becomes more than :data:`CHUNK`, or nothing may follow it.
    """
    plain = inflate_part(chunk, CHUNK, decompression)
    return len(plain), decompression.crc(plain, 0)


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
