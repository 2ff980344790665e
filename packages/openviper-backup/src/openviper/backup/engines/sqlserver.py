"""SQL Server, by its ``sqlcmd``: command construction tested, never run against a server.

Its backups are written and read by the database server, in a folder that it shares with this machine
(``--server-dir``). A restore replaces the database itself, and only the one that was backed up; one that fails in the
middle leaves it in state RESTORING, to be restored again.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING

from openviper.backup._server_folder.files import FileDump, ServerFiles, folder_of
from openviper.backup._server_folder.target import open_staged
from openviper.backup._source import source_of
from openviper.backup._sqlserver.restore import SQLServerRestore, is_ours
from openviper.backup._sqlserver.session import NEVER_RUN, TITLE, Session
from openviper.backup._sqlserver.statements import back_up, verify
from openviper.backup.errors import RestoreRefused

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

    @contextmanager
    def dump(self, url: DatabaseURL, options: DumpOptions, job: Job) -> Generator[Dump]:
        """Have the server write a backup, and verify it."""
        folder, session = folder_of(options, TITLE), Session(url)
        with ServerFiles(folder) as files:
            path = files.new(".bak")
            session.run(back_up(session.database, path), job)
            job.step("verify")
            session.run(verify(path, checksum=True), job)
            with closing(FileDump(path, files, (NEVER_RUN,), job)) as dump:
                job.step("dump", dump.size)
                yield dump

    def target(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        folder = folder_of(options, TITLE)
        return open_staged(SQLServerRestore(url, options, job), folder, source_of(url, self.name))

    def scratch(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        """Refuse.

        Raises:
            RestoreRefused: In any case.
        """
        raise RestoreRefused(
            f"verify-db is not for {TITLE}: its server verifies a backup when it is made, and restored"
        )
