"""Read a backup back from the disk, once it is written, before it is said that there is one."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup.archive import ArchiveFacts, HashingFile, ReadAhead, Source, read_archive
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup.job import Job

__all__ = ["checksum", "prove"]

_PIECE = 1 << 18


def prove(file: BinaryIO, facts: ArchiveFacts, job: Job, *, compressed: bool) -> str:
    """Read what was written, to its end; return its SHA-256.

    Args:
        file: Unbuffered; read from its beginning.
        compressed: An archive, whose own CRC and end are looked at too.

    Raises:
        InvalidArchive: It is not what was written.
        Interrupted: The job says so.
    """
    hashing = _from_the_start(file)
    try:
        with ReadAhead(hashing) as ahead:
            size, crc = (_unpacked if compressed else _plain)(ahead, hashing, facts.bytes, job)
    except InvalidArchive as error:
        raise InvalidArchive(f"What was written is not what the disk gives back: {error}") from error
    if (size, crc, hashing.done) != (facts.dump_bytes, facts.crc, facts.bytes):
        raise InvalidArchive(f"What was written is not what the disk gives back: {hashing.done} of {facts.bytes} bytes")
    return hashing.hexdigest()


def checksum(file: BinaryIO, job: Job) -> str:
    """Return the SHA-256 of a file, read from its beginning.

    Raises:
        Interrupted: The job says so.
    """
    hashing = _from_the_start(file)
    with ReadAhead(hashing) as ahead:
        _plain(ahead, hashing, os.fstat(file.fileno()).st_size, job)
    return hashing.hexdigest()


def _from_the_start(file: BinaryIO) -> HashingFile:
    # The disk is asked, not the page cache, where the system can be told so.
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    file.seek(0)
    return HashingFile(file)


def _unpacked(source: Source, hashing: HashingFile, total: int, job: Job) -> tuple[int, int]:
    archive = read_archive(source, job)
    for _ in _pieces(archive, hashing, total, job):
        pass
    return archive.size, archive.crc


def _plain(source: Source, hashing: HashingFile, total: int, job: Job) -> tuple[int, int]:
    size = crc = 0
    for data in _pieces(source, hashing, total, job):
        size += len(data)
        crc = zlib.crc32(data, crc)
    return size, crc


def _pieces(source: Source, hashing: HashingFile, total: int, job: Job) -> Iterator[bytes]:
    while data := source.read(_PIECE):
        yield data
        job.progress("read back", hashing.done, total)
