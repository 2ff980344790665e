"""A place in which a backup of SQLite is loaded to be verified; it never becomes anybody's database."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._sqlite.connection import database_errors
from openviper.backup._sqlite.loading import Loading
from openviper.backup._sqlite.location import locate
from openviper.backup._sqlite.trust import danger
from openviper.backup._sqlite.workplace import scratch_workplace
from openviper.backup.errors import RestoreRefused

if TYPE_CHECKING:
    from openviper.backup.engines.base import RestoreOptions
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["SQLiteScratch", "open_scratch"]


@contextmanager
def open_scratch(url: DatabaseURL, options: RestoreOptions, job: Job) -> Generator[SQLiteScratch]:
    """Have a place near a database, else near the backup, else where temporary files are, for a copy of one.

    Raises:
        RestoreRefused: Nothing can be made there.
    """
    with (
        scratch_workplace(_near(locate(url).path, options.file.absolute())) as folder,
        closing(Loading(folder, options, job)) as loading,
    ):
        yield SQLiteScratch(loading, options)


def _near(*paths: Path) -> Path:
    for path in paths:
        if os.access(path.parent, os.W_OK | os.X_OK) and danger(path.parent) is None:
            return path
    with database_errors("There is no folder for temporary files"):
        return Path(tempfile.gettempdir(), paths[-1].name)


class SQLiteScratch:
    """A :class:`~openviper.backup.engines.base.RestoreTarget` that has no live database."""

    def __init__(self, loading: Loading, options: RestoreOptions) -> None:
        self._file = options.file
        self.staging, self.accept = loading.staging, loading.accept
        self.load, self.count_rows = loading.load, loading.count_rows

    def preflight(self) -> None:
        """Nothing stands in its way."""

    def holds_data(self) -> bool:
        return False

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        raise RestoreRefused(f"{str(self._file)!r} was loaded to be verified, and replaces no database")
