"""A restore of SQLite: the dump becomes a file beside the live one, is looked at, and then takes its place."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._sqlite.checking import has_schema
from openviper.backup._sqlite.connection import DAMAGED, Patience, code_of, connect, database_errors
from openviper.backup._sqlite.copying import held
from openviper.backup._sqlite.keeping import check_room_for_name
from openviper.backup._sqlite.loading import Loading
from openviper.backup._sqlite.location import Location, locate, named
from openviper.backup._sqlite.moving import repair
from openviper.backup._sqlite.rests import has_rests, is_cut
from openviper.backup._sqlite.swap import swap
from openviper.backup._sqlite.trust import danger
from openviper.backup._sqlite.workplace import restore_workplace
from openviper.backup.errors import InvalidInput, RestoreRefused

if TYPE_CHECKING:
    from openviper.backup.engines.base import RestoreOptions
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["SQLiteTarget", "open_target"]


@contextmanager
def open_target(url: DatabaseURL, options: RestoreOptions, job: Job) -> Generator[SQLiteTarget]:
    """Lock a database for a restore.

    Raises:
        InvalidInput: The URL means none, or the backup itself.
        RestoreRefused: Nothing can be made beside it, or this is root and somebody else may write there.
        TargetBusy: Another restore has it.
    """
    location = locate(url)
    with database_errors(f"{location} cannot be restored"):
        _check_place(location, options.file)
        if (reason := danger(named(url))) is not None:
            raise RestoreRefused(f"Root does not restore {location}: {reason}")
    with restore_workplace(location.path) as folder, closing(Loading(folder, options, job)) as loading:
        yield SQLiteTarget(location, folder / "old.db", loading, job, keep_old=options.keep_old)


class SQLiteTarget:
    """A :class:`~openviper.backup.engines.base.RestoreTarget`: a live database, or a name for one."""

    def __init__(self, location: Location, old: Path, loading: Loading, job: Job, *, keep_old: bool) -> None:
        self._location, self._old, self._loading = location, old, loading
        self._job, self._keep_old = job, keep_old
        self._notes: tuple[str, ...] = ()
        self.staging, self.accept = loading.staging, loading.accept
        self.load, self.count_rows = loading.load, loading.count_rows

    def preflight(self) -> None:
        with database_errors(f"{self._location} cannot be restored"):
            _check_file(self._location)
            if self._keep_old:
                check_room_for_name(self._location)
            self._notes = repair(self._location, self._old, self._job)
            for left in self._old.parent.iterdir():
                left.unlink()

    def holds_data(self) -> bool:
        path = self._location.path
        with database_errors(f"{self._location} cannot be restored"):
            if not path.exists():
                return has_rests(path)
            if is_cut(path):
                return True
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
            kept, notes = swap(self._location, self._loading.new, self._old, self._job, keep_old=self._keep_old)
            return kept, (*self._notes, *self._loading.notes, *notes)


def _check_place(location: Location, file: Path) -> None:
    path = location.path
    if path.exists() and file.exists() and path.samefile(file):
        raise InvalidInput(f"{location} is the backup itself, and cannot be restored from it")
    if not path.parent.is_dir():
        raise RestoreRefused(f"There is no folder {str(path.parent)!r}; make it first")


def _check_file(location: Location) -> None:
    try:
        mode = location.path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise RestoreRefused(f"{location} is not a regular file: no database can stand there")
    if not os.access(location.path, os.R_OK | os.W_OK):
        raise RestoreRefused(f"{location} may not be written by this user")
