"""SQLite: the database file itself is the dump; SQL text can be restored too."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from openviper.backup._sqlite.content import is_database
from openviper.backup._sqlite.dump import SQLiteDump, dump_database
from openviper.backup._sqlite.scratch import SQLiteScratch, open_scratch
from openviper.backup._sqlite.target import SQLiteTarget, open_target

if TYPE_CHECKING:
    from openviper.backup.engines.base import DumpOptions, RestoreOptions
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["SQLiteEngine"]


class SQLiteEngine:
    """A :class:`~openviper.backup.engines.base.BackupEngine`; it needs no programs."""

    name = "sqlite"
    title = "SQLite"
    options = frozenset({"count_rows", "keep_old"})

    def recognises(self, head: bytes) -> bool:
        return is_database(head)

    def dump(self, url: DatabaseURL, options: DumpOptions, job: Job) -> AbstractContextManager[SQLiteDump]:
        return dump_database(url, options, job)

    def target(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[SQLiteTarget]:
        return open_target(url, options, job)

    def scratch(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[SQLiteScratch]:
        return open_scratch(url, options, job)
