"""SQL Server, by its ``sqlcmd``: command construction tested, never run against a server.

Its backups are written and read by the database server, in a folder that it shares with this machine
(``--server-dir``). A restore replaces the database itself; one that fails in the middle leaves it in state RESTORING,
to be restored again.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from openviper.backup._sqlserver.dump import dump_database
from openviper.backup._sqlserver.restore import is_ours, open_scratch, open_target
from openviper.backup._sqlserver.session import TITLE

if TYPE_CHECKING:
    from openviper.backup.engines.base import Dump, DumpOptions, RestoreOptions, RestoreTarget
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["SQLServerEngine"]


class SQLServerEngine:
    """A :class:`~openviper.backup.engines.base.BackupEngine`."""

    name = "mssql"
    title = TITLE
    options = frozenset({"server_folder"})

    def recognises(self, head: bytes) -> bool:
        return is_ours(head)

    def dump(self, url: DatabaseURL, options: DumpOptions, job: Job) -> AbstractContextManager[Dump]:
        return dump_database(url, options, job)

    def target(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        return open_target(url, options, job)

    def scratch(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        open_scratch()
