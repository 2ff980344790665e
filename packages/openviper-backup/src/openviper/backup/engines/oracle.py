"""Oracle, by its Data Pump: command construction tested, never run against a server.

A backup is of the schema of the URL's user. Its files are written and read by the database server, in the folder of a
directory object (``directory=`` in the URL; ``DATA_PUMP_DIR``) that it shares with this machine (``--server-dir``). A
restore replaces the tables of that schema one by one; one that fails in the middle is to be restored again.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from openviper.backup._oracle.dump import dump_schema
from openviper.backup._oracle.pump import TITLE
from openviper.backup._oracle.restore import open_scratch, open_target

if TYPE_CHECKING:
    from openviper.backup.engines.base import Dump, DumpOptions, RestoreOptions, RestoreTarget
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["OracleEngine"]


class OracleEngine:
    """A :class:`~openviper.backup.engines.base.BackupEngine`."""

    name = "oracle"
    title = TITLE
    options = frozenset({"server_folder"})

    def recognises(self, head: bytes) -> bool:
        """Say no: no mark of its dump files is documented."""
        return False

    def dump(self, url: DatabaseURL, options: DumpOptions, job: Job) -> AbstractContextManager[Dump]:
        return dump_schema(url, options, job)

    def target(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        return open_target(url, options, job)

    def scratch(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        open_scratch()
