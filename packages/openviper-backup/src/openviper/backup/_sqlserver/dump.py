"""``BACKUP DATABASE``, whose file goes into the archive."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from openviper.backup._server_files import FileDump, folder_of, server_file
from openviper.backup._sqlserver.session import TITLE, Session
from openviper.backup._sqlserver.statements import back_up, verify

if TYPE_CHECKING:
    from openviper.backup.engines.base import Dump, DumpOptions
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["NEVER_RUN", "dump_database"]

NEVER_RUN = "SQL Server: command construction tested, never run against a server"


@contextmanager
def dump_database(url: DatabaseURL, options: DumpOptions, job: Job) -> Generator[Dump]:
    """Have the server write a backup, and verify it."""
    folder = folder_of(options, TITLE)
    session = Session(url)
    with server_file(folder, ".bak") as path:
        session.run(back_up(session.database, path), job)
        job.step("verify")
        session.run(verify(path, checksum=True), job)
        with closing(FileDump(path, job, (NEVER_RUN,))) as dump:
            job.step("dump", dump.size)
            yield dump
