"""MariaDB and MySQL.

A backup is what ``mariadb-dump`` (or ``mysqldump``) writes, in one transaction. A restore loads it into a schema beside
the target, moves all tables by one ``RENAME TABLE``, and makes triggers, routines, views and events again after that.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._mariadb import trailer
from openviper.backup._mariadb.dump import dump_database
from openviper.backup._mariadb.entering import entered
from openviper.backup._mariadb.naming import names_for
from openviper.backup._mariadb.reaching import open_access
from openviper.backup._mariadb.session import Session
from openviper.backup._mariadb.settling import settle_killed
from openviper.backup._mariadb.target import open_target
from openviper.backup._mariadb.verifying import open_scratch

if TYPE_CHECKING:
    from openviper.backup.engines.base import Dump, DumpOptions, RestoreOptions, RestoreTarget
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["MariaDBEngine"]


class MariaDBEngine:
    """MariaDB and MySQL; a :class:`~openviper.backup.engines.base.BackupEngine`."""

    name = "mariadb"
    title = "MariaDB"
    options = frozenset({"count_rows", "in_place", "keep_old", "skip_definer"})

    def recognises(self, head: bytes) -> bool:
        return trailer.recognises(head)

    def dump(self, url: DatabaseURL, options: DumpOptions, job: Job) -> AbstractContextManager[Dump]:
        return dump_database(url, options, job)

    def target(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        return open_target(url, options, job)

    def scratch(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        return open_scratch(url, options, job)

    def settle(self, url: DatabaseURL, file: Path, job: Job, *, new: bool) -> tuple[str, ...]:
        """Finish the swap of a restore that was killed in it, or put the old data back; return notes.

        Args:
            file: The backup that was being restored.
            new: ``False``: the old data is put back.

        Raises:
            InvalidInput: No swap of this database was begun.
            RestoreRefused: It had not moved anything yet, or was finished.
            TargetBusy: It is still running.
            SwapUnfinished: It still cannot be done.
            ToolMissing, ToolFailed: The server cannot be reached.
        """
        with open_access(url, job) as access:
            with Session(access, job) as session:
                names = names_for(entered(session, access.connection))
            return settle_killed(access, names, file, job, new=new)
