"""Read a backup back from the disk, once it is written, before it is said that there is one."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup.archive import (
    ArchiveFacts,
    HashingFile,
    Proved,
    ReadAhead,
    Source,
    choose_decompression,
    decompress_chunks,
)
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup.job import Job

__all__ = ["NOT_WRITTEN", "checksum", "prove"]

#: What every refusal begins with.
NOT_WRITTEN = "What was written is not what the disk gives back"

_PIECE = 1 << 18


def prove(file: BinaryIO, facts: ArchiveFacts, job: Job, *, proved: Proved | None = None) -> str:
    """Read what was written, to its end; return its SHA-256.

    Args:
        file: Unbuffered; read from its beginning.
        proved: How far an archive was decompressed already; so far, it is only made sure that it is the same.

    Raises:
        InvalidArchive: It is not what was written.
        Interrupted: The job says so.
    """
    so_far = Proved()
    try:
        with _from_the_start(file) as ahead:
            hashing = HashingFile(ahead)
            if facts.layout is None:
                pieces = _plain(hashing)
            else:
                pieces = decompress_chunks(hashing, facts.layout, choose_decompression(), proved)
            for each in pieces:
                so_far = each
                job.progress("read back", hashing.done, facts.bytes)
    except InvalidArchive as error:
        raise InvalidArchive(f"{NOT_WRITTEN}: {error}") from error
    if (so_far.dump_bytes, so_far.crc, hashing.done) != (facts.dump_bytes, facts.crc, facts.bytes):
        raise InvalidArchive(f"{NOT_WRITTEN}: {hashing.done} of {facts.bytes} bytes")
    return hashing.hexdigest()


def checksum(file: BinaryIO, job: Job) -> str:
    """Return the SHA-256 of a file, read from its beginning.

    Raises:
        Interrupted: The job says so.
    """
    total = os.fstat(file.fileno()).st_size
    with _from_the_start(file) as ahead:
        hashing = HashingFile(ahead)
        while hashing.read(_PIECE):
            job.progress("read back", hashing.done, total)
    return hashing.hexdigest()


def _from_the_start(file: BinaryIO) -> ReadAhead:
    # The disk is asked, not the page cache, where the system can be told so.
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    file.seek(0)
    return ReadAhead(file)


def _plain(source: Source) -> Iterator[Proved]:
    size = crc = 0
    while data := source.read(_PIECE):
        size, crc = size + len(data), zlib.crc32(data, crc)
        yield Proved(dump_bytes=size, crc=crc)
