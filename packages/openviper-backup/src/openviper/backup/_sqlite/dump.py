"""A dump of a SQLite database is a copy of it at one moment, taken while others read and write.

A read transaction is held on the source and copied from, in steps. In WAL mode nobody notices; with a rollback journal
writers wait until the copy is done, and SQLite has looked at every page of the source. Only then does the stream
begin, from a temporary that has no name.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._durable import check_room
from openviper.backup._sqlite.checking import check_pages, count_rows, has_schema
from openviper.backup._sqlite.connection import Patience, connect, database_errors
from openviper.backup._sqlite.content import MAGIC
from openviper.backup._sqlite.copying import copy_database, held, page_size, size_of
from openviper.backup._sqlite.location import Location, locate, named
from openviper.backup._sqlite.trust import danger
from openviper.backup.errors import IncompleteDump, InvalidInput

if TYPE_CHECKING:
    from openviper.backup.engines.base import DumpOptions
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["SQLiteDump", "dump_database"]


@contextmanager
def dump_database(url: DatabaseURL, options: DumpOptions, job: Job) -> Generator[SQLiteDump]:
    """Copy a database, and read the copy.

    Raises:
        InvalidInput: There is no such file.
        NotEnoughSpace: The archive's folder has no room for the copy.
        BackupError: It is locked for long, is damaged, or is not a database.
    """
    location = locate(url)
    _check_file(location)
    with _nameless(options.folder, location) as (fd, snapshot):
        with database_errors(f"{location} cannot be backed up"):
            facts = _copy(location, snapshot, options, job)
            facts = replace(facts, notes=(*facts.notes, *_of_root(url, location)))
            snapshot.close()
            if os.fstat(fd).st_size != facts.size or os.pread(fd, len(MAGIC), 0) != MAGIC:
                raise IncompleteDump(f"The copy of {location} is not whole: no backup was made")
        # What fails from now on is not the database, but what is done with its copy.
        yield SQLiteDump(fd, facts)


@dataclass(frozen=True, slots=True)
class _Facts:
    size: int
    row_counts: Mapping[str, int] | None
    notes: tuple[str, ...]


class SQLiteDump:
    """A :class:`~openviper.backup.engines.base.Dump`: the bytes of a database file."""

    def __init__(self, fd: int, facts: _Facts) -> None:
        self._fd = fd
        self._facts = facts
        self._done = 0
        self.size: int | None = facts.size

    def read(self, size: int) -> bytes:
        pieces: list[bytes] = []
        with database_errors("The database's copy cannot be read"):
            while size and (piece := os.pread(self._fd, size, self._done)):
                pieces.append(piece)
                self._done += len(piece)
                size -= len(piece)
        return b"".join(pieces)

    def finish(self) -> tuple[Mapping[str, int] | None, tuple[str, ...]]:
        if self._done != self._facts.size:
            raise IncompleteDump(f"{self._done} of {self._facts.size} bytes of the database were read")
        return self._facts.row_counts, self._facts.notes


def _check_file(location: Location) -> None:
    try:
        mode = location.path.stat().st_mode
    except OSError as error:
        raise InvalidInput(f"There is no database at {location}: {error.strerror}") from error
    if not stat.S_ISREG(mode):
        raise InvalidInput(f"There is no database at {location}: it is not a regular file")


def _copy(location: Location, snapshot: sqlite3.Connection, options: DumpOptions, job: Job) -> _Facts:
    patience = Patience(location, job)
    with connect(location.path) as source, held(source, patience):
        # Of a file without a byte, which is an empty database, the copy has a page.
        size = max(size_of(source), page_size(source))
        check_room(options.folder, size, "The database's copy needs")
        job.step("snapshot", size)
        copy_database(source, snapshot, "snapshot", job, patience)
        job.step("check")
        unchecked = check_pages(source, str(location), job)
        counts, notes = count_rows(source, job) if options.count_rows else (None, ())
        notes = (*unchecked, *notes)
        if not has_schema(source):
            notes = (*notes, f"{location} has no tables")
    return _Facts(size, counts, notes)


def _of_root(url: DatabaseURL, location: Location) -> tuple[str, ...]:
    """Say that root will not restore it, while there is time to make backups as the user who will."""
    reason = danger(named(url))
    return () if reason is None else (f"Root will not restore {location} from this backup: {reason}",)


@contextmanager
def _nameless(folder: Path, location: Location) -> Generator[tuple[int, sqlite3.Connection]]:
    """Have a file without a name, of mode 0600, and a connection to it: whatever happens, nothing stays."""
    with database_errors(f"{location} cannot be copied into {str(folder)!r}"):
        fd, name = tempfile.mkstemp(prefix=".", suffix=".snapshot", dir=folder)
    try:
        with database_errors(f"{location} cannot be copied into {str(folder)!r}"):
            connection = _opened(Path(name))
        with closing(connection):
            yield fd, connection
    finally:
        os.close(fd)


def _opened(path: Path) -> sqlite3.Connection:
    """Open a file, and take its name away."""
    try:
        connection = sqlite3.connect(path, isolation_level=None)
    finally:
        path.unlink()
    # It is nobody else's, and thrown away if anything fails.
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    return connection
