"""Connections to files, how long they wait for others, and what their errors become."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from openviper.backup._durable import disk_errors
from openviper.backup.errors import BackupError, Interrupted, NotEnoughSpace

if TYPE_CHECKING:
    from openviper.backup._sqlite.location import Location
    from openviper.backup.job import Job

__all__ = ["BUSY", "DAMAGED", "Patience", "code_of", "connect", "database_errors", "patiently", "watched"]

T = TypeVar("T")

#: What SQLite says of a file that is no database, or no longer a sound one.
DAMAGED = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
#: What it says where others hold a lock.
BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

# Seconds that SQLite itself waits, holding what keeps new readers off, and that we wait in between.
_BUSY_TIMEOUT, _PAUSE = 0.5, 0.05
_READONLY = "; in WAL mode, only a user who may write in its folder can read a database that no program has open"
_ADVICE = {
    sqlite3.SQLITE_READONLY: _READONLY,
    sqlite3.SQLITE_CANTOPEN: f"{_READONLY}; in any mode, a journal needs a place in the folder and a free inode",
}
# Steps of SQLite's machine between two looks at the job: about a millisecond.
_STEPS = 20_000


@contextmanager
def connect(path: Path, options: str = "mode=rw") -> Generator[sqlite3.Connection]:
    """Open a database file that is there; no transaction begins by itself."""
    uri = f"file://{quote(os.fsencode(path))}?{options}"
    with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT, isolation_level=None)) as connection:
        # What a database brings with it may not call what could do harm.
        connection.execute("PRAGMA trusted_schema = OFF")
        yield connection


@contextmanager
def watched(connection: sqlite3.Connection, job: Job) -> Generator[None]:
    """Have statements end when the job should.

    Raises:
        Interrupted: It should.
    """

    def should_stop() -> bool:
        try:
            job.check()
        except Interrupted:
            return True
        return False

    connection.set_progress_handler(should_stop, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if code_of(error) == sqlite3.SQLITE_INTERRUPT:
            job.check()
        raise
    finally:
        connection.set_progress_handler(None, 0)


class Patience:
    """How long to wait for whoever holds a lock.

    Args:
        kind: What is raised then.
        reason: Why nobody may hold one; a sentence.
    """

    def __init__(self, location: Location, job: Job, kind: type[BackupError] = BackupError, reason: str = "") -> None:
        self._location = location
        self._job = job
        self._kind = kind
        self._reason = f" {reason}" if reason else ""
        self._until = time.monotonic() + location.patience

    def check(self) -> None:
        """Raise where it has waited long enough.

        Raises:
            Interrupted: The job says so.
        """
        self._job.check()
        if time.monotonic() >= self._until:
            raise self._kind(
                f"{self._location} is locked by another program, for more than {self._location.patience:g} s; "
                f"end that program, or wait longer by ?timeout=SECONDS in the URL.{self._reason}"
            )


def patiently(action: Callable[[], T], patience: Patience) -> T:
    """Do something once nobody holds a lock against it."""
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            if code_of(error) not in BUSY:
                raise
            patience.check()
            time.sleep(_PAUSE)


@contextmanager
def database_errors(doing: str) -> Generator[None]:
    """Turn what SQLite says into what this package says; ``doing``: the beginning of the sentence.

    Raises:
        NotEnoughSpace: The disk is full.
        BackupError: Anything else.
    """
    with disk_errors(doing):
        try:
            yield
        except sqlite3.Error as error:
            kind = NotEnoughSpace if _is_full(error) else BackupError
            raise kind(f"{doing}: {error}{_ADVICE.get(code_of(error), '')}") from error


def _is_full(error: sqlite3.Error) -> bool:
    # The index of the log cannot grow: SQLite calls that an error of the disk.
    is_index = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHMSIZE
    return is_index or code_of(error) == sqlite3.SQLITE_FULL


def code_of(error: Exception) -> int:
    """SQLite's primary result code; 0 where the error is another."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
