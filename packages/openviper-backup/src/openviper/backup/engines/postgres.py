"""PostgreSQL, by its own ``pg_dump`` and ``psql``."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from openviper.backup._postgres.accepting import is_ours
from openviper.backup._postgres.dump import dump_database
from openviper.backup._postgres.queries import TITLE
from openviper.backup._postgres.restore import open_scratch, open_target

if TYPE_CHECKING:
    from openviper.backup.engines.base import Dump, DumpOptions, RestoreOptions, RestoreTarget
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["PostgresEngine"]


class PostgresEngine:
    """A :class:`~openviper.backup.engines.base.BackupEngine`."""

    name = "postgres"
    title = TITLE
    options = frozenset(
        {
            "count_rows",
            "globals_file",
            "in_place",
            "keep_old",
            "analyze",
            "maintenance_db",
            "no_owner",
            "no_acl",
            "skip_settings",
        }
    )

    def recognises(self, head: bytes) -> bool:
        return is_ours(head)

    def dump(self, url: DatabaseURL, options: DumpOptions, job: Job) -> AbstractContextManager[Dump]:
        return dump_database(url, options, job)

    def target(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        return open_target(url, options, job)

    def scratch(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        return open_scratch(url, options, job)
