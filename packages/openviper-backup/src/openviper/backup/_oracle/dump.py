"""``expdp`` of a schema, whose file goes into the archive."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from openviper.backup._oracle.parameters import account_of
from openviper.backup._oracle.pump import TITLE, Pump
from openviper.backup._server_files import FileDump, folder_of, server_file

if TYPE_CHECKING:
    from openviper.backup.engines.base import Dump, DumpOptions
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["NEVER_RUN", "dump_schema"]

NEVER_RUN = "Oracle: command construction tested, never run against a server"


@contextmanager
def dump_schema(url: DatabaseURL, options: DumpOptions, job: Job) -> Generator[Dump]:
    """Have the server export the user's schema, as it was at one moment."""
    folder, account = folder_of(options, TITLE), account_of(url)
    pump = Pump("expdp", url, account)
    with server_file(folder, ".dmp") as path, server_file(folder, ".log") as log:
        parameters = {"SCHEMAS": account.schema, "DUMPFILE": path.name, "FLASHBACK_TIME": "SYSTIMESTAMP"}
        pump.run(parameters, log, job)
        with closing(FileDump(path, job, (NEVER_RUN,))) as dump:
            job.step("dump", dump.size)
            yield dump
