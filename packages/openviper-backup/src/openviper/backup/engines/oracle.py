"""Oracle, by its Data Pump: command construction tested, never run against a server.

A backup is of the schema of the URL's user. Its files are written and read by the database server, in the folder of a
directory object (``directory=`` in the URL; ``DATA_PUMP_DIR``) that it shares with this machine (``--server-dir``). A
restore replaces the tables of that schema one by one, and nothing else that is there already: it says what is to be
dropped. One that fails in the middle is to be restored again.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING

from openviper.backup._oracle.parameters import account_of
from openviper.backup._oracle.pump import NEVER_RUN, TITLE, Pump
from openviper.backup._oracle.restore import OracleRestore
from openviper.backup._server_folder.files import FileDump, ServerFiles, folder_of
from openviper.backup._server_folder.target import open_staged
from openviper.backup._source import source_of
from openviper.backup.errors import RestoreRefused

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

    @contextmanager
    def dump(self, url: DatabaseURL, options: DumpOptions, job: Job) -> Generator[Dump]:
        """Have the server export the user's schema, as it was at one moment."""
        folder, account = folder_of(options, TITLE), account_of(url)
        pump = Pump("expdp", url, account)
        with ServerFiles(folder) as files:
            path, log = files.new(".dmp"), files.new(".log")
            parameters = {"SCHEMAS": account.schema, "DUMPFILE": path.name, "FLASHBACK_TIME": "SYSTIMESTAMP"}
            pump.run(parameters, log, job)
            with closing(FileDump(path, files, (NEVER_RUN,), job)) as dump:
                job.step("dump", dump.size)
                yield dump

    def target(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        folder = folder_of(options, TITLE)
        return open_staged(OracleRestore(url, options, job), folder, source_of(url, self.name))

    def scratch(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        """Refuse.

        Raises:
            RestoreRefused: In any case.
        """
        raise RestoreRefused(f"verify-db is not for {TITLE}: a schema of its own would need an administrator's rights")
