"""A restore of SQLite: the dump becomes a file beside the live one, is looked at, and then takes its place."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup._durable import sync_file
from openviper.backup._sqlite.checking import check_integrity, count_rows, has_schema
from openviper.backup._sqlite.connection import DAMAGED, Patience, code_of, connect, database_errors
from openviper.backup._sqlite.content import check_content, is_database
from openviper.backup._sqlite.copying import held
from openviper.backup._sqlite.location import Location, locate
from openviper.backup._sqlite.moving import repair
from openviper.backup._sqlite.rests import has_rests
from openviper.backup._sqlite.script import run_script
from openviper.backup._sqlite.swap import swap
from openviper.backup._sqlite.workplace import restore_workplace, scratch_workplace
from openviper.backup.errors import InvalidArchive, InvalidInput, RestoreRefused

if TYPE_CHECKING:
    from openviper.backup.engines.base import Content, DumpReader, RestoreOptions
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["SQLiteScratch", "SQLiteTarget", "open_scratch", "open_target"]


@contextmanager
def open_target(url: DatabaseURL, options: RestoreOptions, job: Job) -> Generator[SQLiteTarget]:
    """Lock a database for a restore.

    Raises:
        InvalidInput: The URL means none, or the backup itself.
        RestoreRefused: Nothing can be made beside it.
        TargetBusy: Another restore has it.
    """
    location = locate(url)
    if location.path.exists() and options.file.exists() and location.path.samefile(options.file):
        raise InvalidInput(f"{location} is the backup itself, and cannot be restored from it")
    if not location.path.parent.is_dir():
        raise RestoreRefused(f"There is no folder {str(location.path.parent)!r}; make it first")
    with restore_workplace(location.path) as folder:
        target = SQLiteTarget(location, folder, options, job)
        try:
            yield target
        finally:
            target.close()


@contextmanager
def open_scratch(url: DatabaseURL, options: RestoreOptions, job: Job) -> Generator[SQLiteScratch]:
    """Have a place near a database, or else near the backup, for a copy of one.

    Raises:
        RestoreRefused: Nothing can be made there.
    """
    path = locate(url).path
    if not os.access(path.parent, os.W_OK | os.X_OK):
        path = options.file.absolute()
    with scratch_workplace(path) as folder:
        scratch = SQLiteScratch(folder, options, job)
        try:
            yield scratch
        finally:
            scratch.close()


class SQLiteScratch:
    """A :class:`~openviper.backup.engines.base.RestoreTarget` that has no live database."""

    def __init__(self, folder: Path, options: RestoreOptions, job: Job) -> None:
        self._dump, self._new = folder / "dump", folder / "new.db"
        self._job = job
        self._file = repr(str(options.file))
        self._is_text = False
        self._notes: list[str] = []
        self._staged: BinaryIO | None = None

    def preflight(self) -> None:
        """Nothing stands in its way."""

    def holds_data(self) -> bool:
        return False

    def staging(self) -> BinaryIO | None:
        with database_errors("The restore cannot be begun"):
            self._staged = os.fdopen(_create(self._dump), "wb", 0)
            return self._staged

    def accept(self, content: Content) -> tuple[str, ...]:
        notes = check_content(content)
        self._is_text = not is_database(content.head)
        return notes

    def load(self, dump: DumpReader) -> None:
        with database_errors(f"{self._file} cannot be loaded"):
            if self._is_text:
                self._run_text(dump.size)
            else:
                self._dump.rename(self._new)
            self._job.step("check")
            with connect(self._new, "mode=ro&immutable=1") as connection:
                self._notes += check_integrity(connection, f"What is in {self._file}", self._job)
            sync_file(self._new)

    def _run_text(self, size: int) -> None:
        os.close(_create(self._new))
        with self._dump.open("rb") as file, connect(self._new) as connection:
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("PRAGMA synchronous = OFF")
            run_script(connection, file, size, self._job)
        self._dump.unlink()
        if not self._new.stat().st_size:
            raise InvalidArchive(f"The SQL text in {self._file} makes nothing")

    def count_rows(self) -> Mapping[str, int]:
        with (
            database_errors(f"The rows in {self._file} cannot be counted"),
            connect(self._new, "mode=ro&immutable=1") as connection,
        ):
            return count_rows(connection, self._job)[0]

    def close(self) -> None:
        """Close the file that took the dump."""
        if self._staged is not None:
            self._staged.close()

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        raise RestoreRefused(f"{self._file} was loaded to be verified, and takes nobody's place")


class SQLiteTarget(SQLiteScratch):
    """A :class:`~openviper.backup.engines.base.RestoreTarget`: a live database, or a name for one."""

    def __init__(self, location: Location, folder: Path, options: RestoreOptions, job: Job) -> None:
        super().__init__(folder, options, job)
        self._location = location
        self._old = folder / "old.db"
        self._keep_old = options.keep_old

    def preflight(self) -> None:
        with database_errors(f"{self._location} cannot be restored"):
            _check_file(self._location)
            self._notes += repair(self._location, self._old, self._job)
            for left in self._old.parent.iterdir():
                left.unlink()

    def holds_data(self) -> bool:
        path = self._location.path
        if not path.exists():
            return has_rests(path)
        with database_errors(f"{self._location} cannot be restored"):
            try:
                patience = Patience(self._location, self._job, RestoreRefused)
                with connect(path) as live, held(live, patience):
                    return has_schema(live)
            except sqlite3.DatabaseError as error:
                if code_of(error) not in DAMAGED:
                    raise
                return True

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        with database_errors(f"{self._location} was not restored"):
            kept, notes = swap(self._location, self._new, self._old, self._job, keep_old=self._keep_old)
            return kept, (*self._notes, *notes)


def _check_file(location: Location) -> None:
    try:
        mode = location.path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise RestoreRefused(f"{location} is no regular file: no database can stand there")
    if not os.access(location.path, os.R_OK | os.W_OK):
        raise RestoreRefused(f"{location} may not be written by this user")


def _create(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
