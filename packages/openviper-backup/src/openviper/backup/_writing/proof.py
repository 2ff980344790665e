"""Read a backup back from the disk, once it is written, before it is said that there is one."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup.archive import (
    ArchiveFacts,
    HashingFile,
    Layout,
    ReadAhead,
    choose_decompression,
    decompress_chunks,
)
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup.job import Job

__all__ = ["checksum", "prove"]

_PIECE = 1 << 18


def prove(file: BinaryIO, facts: ArchiveFacts, job: Job) -> str:
    """Read what was written, to its end; return its SHA-256.

    Args:
        file: Unbuffered; read from its beginning.

    Raises:
        InvalidArchive: It is not what was written.
        Interrupted: The job says so.
    """
    hashing = _from_the_start(file)
    try:
        if facts.layout is None:
            size, crc = _plain(hashing, facts.bytes, job)
        else:
            size, crc = _archive(hashing, facts.layout, facts.bytes, job)
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
    _plain(hashing, os.fstat(file.fileno()).st_size, job)
    return hashing.hexdigest()


def _from_the_start(file: BinaryIO) -> HashingFile:
    # The disk is asked, not the page cache, where the system can be told so.
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    file.seek(0)
    return HashingFile(file)


def _archive(file: HashingFile, layout: Layout, total: int, job: Job) -> tuple[int, int]:
    so_far = (0, 0)
    for each in decompress_chunks(file, layout, choose_decompression()):
        so_far = each
        job.progress("read back", file.done, total)
    return so_far


def _plain(file: HashingFile, total: int, job: Job) -> tuple[int, int]:
    crc = 0
    with ReadAhead(file) as ahead:
        while data := ahead.read(_PIECE):
            crc = zlib.crc32(data, crc)
            job.progress("read back", file.done, total)
    return file.done, crc
