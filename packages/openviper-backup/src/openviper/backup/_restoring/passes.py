"""A backup is read twice: once to its end, and nothing happens; then, as the same, into the database."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from openviper.backup._restoring.opening import holds_archive
from openviper.backup._restoring.readable import Reading, Writing, check_checksum, check_room
from openviper.backup.archive import HashingFile, ReadAhead, Source, read_archive
from openviper.backup.engines.base import Content
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup._restoring.readable import Readable
    from openviper.backup.engines.base import Staging
    from openviper.backup.job import Job

__all__ = ["Proved", "ProvedDump", "first_bytes", "prove"]

_PIECE = 1 << 18
_EDGE = 1 << 16


@dataclass(frozen=True, slots=True)
class Proved:
    """What the first pass has found; ``checksum``: SHA-256 of what the second must read."""

    content: Content
    checksum: str


def prove(backup: Readable, staging: Staging | None, job: Job, *, look: Callable[[bytes], None]) -> Proved:
    """Read a backup to its end.

    Args:
        staging: Takes the dump.
        look: Gets its first 64 KiB, and raises where the rest need not be read.

    Raises:
        InvalidArchive: It is not one whole dump, or its checksum is another.
        NotEnoughSpace: The disk would not hold the dump.
        Interrupted: The job says so.
    """
    total = os.fstat(backup.file.fileno()).st_size
    job.step("prove", total)
    hashing = _from_the_start(backup)
    size, tail = 0, b""
    with ReadAhead(hashing) as ahead:
        dump = _dump_in(ahead, backup, job)
        first = dump.read(_PIECE)
        if not first:
            raise InvalidArchive(f"{str(backup.path)!r} is empty: it is not a dump")
        look(first[:_EDGE])
        for piece in _staged(_pieces(first, dump), dump.size, staging, backup):
            size += len(piece)
            tail = piece[-_EDGE:] if len(piece) >= _EDGE else (tail + piece)[-_EDGE:]
            job.progress("prove", hashing.done, total)
    check_checksum(hashing.hexdigest(), backup.checksum, backup.path)
    return Proved(Content(size, first[:_EDGE], tail), hashing.hexdigest())


def _pieces(first: bytes, dump: _Dump) -> Iterator[bytes]:
    piece = first
    while piece:
        yield piece
        piece = dump.read(_PIECE)


def _staged(pieces: Iterator[bytes], size: int, staging: Staging | None, backup: Readable) -> Iterator[bytes]:
    """Write what passes, if it is to be written."""
    if staging is None:
        yield from pieces
        return
    # What only looks at a dump needs no room.
    if staging.seekable():
        check_room(staging, size, backup.path)
    target = Writing(staging, backup.path)
    for piece in pieces:
        target.write(piece)
        yield piece
    target.flush()


def first_bytes(backup: Readable, job: Job) -> bytes:
    """Return the first 64 KiB of the dump, which are not proved; less of a short one.

    Raises:
        InvalidArchive: It is an archive, and has no dump.
    """
    return _dump_in(_from_the_start(backup), backup, job).read(_EDGE)


class ProvedDump:
    """The second pass: a :class:`~openviper.backup.engines.base.DumpReader`.

    Attributes:
        is_read: The last byte was returned, and everything was what the first pass had read.
    """

    def __init__(self, backup: Readable, proved: Proved, job: Job) -> None:
        self._path = backup.path
        self._job = job
        self._checksum = proved.checksum
        self.size = self._left = proved.content.size
        self.is_read = False
        with self._unchanged():
            self._hashing = _from_the_start(backup)
            self._dump = _dump_in(self._hashing, backup, job)

    def read(self, size: int) -> bytes:
        self._job.progress("load", self.size - self._left, self.size)
        wanted = min(size, self._left)
        with self._unchanged():
            data = self._dump.read(wanted)
        self._left -= len(data)
        if len(data) < wanted:
            raise self._changed()
        if not self._left and not self.is_read:
            self._end()
        return data

    def _end(self) -> None:
        # The last bytes go out only if all of them were the ones that were proved.
        with self._unchanged():
            rest = self._dump.read(1)
        if rest or self._hashing.hexdigest() != self._checksum:
            raise self._changed()
        self.is_read = True

    @contextmanager
    def _unchanged(self) -> Generator[None]:
        try:
            yield
        except InvalidArchive as error:
            raise self._changed() from error

    def _changed(self) -> InvalidArchive:
        return InvalidArchive(f"{str(self._path)!r} was changed while it was being restored")


class _Dump(Protocol):
    size: int

    def read(self, size: int) -> bytes: ...


def _from_the_start(backup: Readable) -> HashingFile:
    backup.file.seek(0)
    return HashingFile(Reading(backup.file, backup.path))


def _dump_in(source: Source, backup: Readable, job: Job) -> _Dump:
    head = os.pread(backup.file.fileno(), 2, 0)
    if holds_archive(backup.path, head):
        return read_archive(source, job)
    return _Plain(source, os.fstat(backup.file.fileno()).st_size)


class _Plain:
    """A dump that lies in no archive; ``size``: what it was at the beginning."""

    def __init__(self, file: Source, size: int) -> None:
        self._file = file
        self.size = size

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        while data and len(data) < size and (more := self._file.read(size - len(data))):
            data += more
        return data
