"""``RESTORE DATABASE`` over a database, after a look at all of the backup."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._server_folder.files import ServerFiles
from openviper.backup._sqlserver.session import NEVER_RUN, SEPARATOR, TITLE, Session
from openviper.backup._sqlserver.statements import exists, header, make_usable, restore, state, verify
from openviper.backup.errors import BackupError, InvalidArchive, RestoreRefused, SwapUnfinished
from openviper.backup.job import Job

if TYPE_CHECKING:
    from openviper.backup.engines.base import Content, RestoreOptions
    from openviper.backup.url import DatabaseURL

__all__ = ["SQLServerRestore", "is_ours"]

# Microsoft Tape Format, and what a compressed backup begins with.
_HEADS = (b"TAPE", b"MSSQLBAK")
# DatabaseName among the columns of RESTORE HEADERONLY.
_DATABASE_NAME = 9
_USABLE = "ONLINE MULTI_USER"
# Seconds for what must be done though the job is over.
_AFTERWARDS = 60


def is_ours(head: bytes) -> bool:
    """Tell whether a file that begins so is a backup of SQL Server."""
    return head.startswith(_HEADS)


class SQLServerRestore:
    """A :class:`~openviper.backup._server_folder.target.ServerRestore`.

    Raises:
        InvalidInput: The URL names no database.
        ToolMissing: There is no ``sqlcmd``.
    """

    suffix = ".bak"

    def __init__(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> None:
        self._session, self._options, self._job = Session(url), options, job
        self._name = self._session.database

    def preflight(self) -> None:
        self._job.step("preflight")
        self._session.run(exists(self._name), self._job)

    def holds_data(self) -> bool:
        return self._session.run(exists(self._name), self._job) != "0"

    def accept(self, content: Content) -> tuple[str, ...]:
        if not is_ours(content.head):
            raise InvalidArchive(f"{str(self._options.file)!r} holds no backup of {TITLE}")
        return (NEVER_RUN,)

    def check(self, path: Path, files: ServerFiles) -> None:
        """Have the server say whose backup it is, and verify it.

        Raises:
            RestoreRefused: It is of a database with another name, at whose files it would be aimed.
        """
        columns = self._session.run(header(path), self._job).split(SEPARATOR)
        found = columns[_DATABASE_NAME] if len(columns) > _DATABASE_NAME else ""
        if found != self._name:
            raise RestoreRefused(
                f"{str(self._options.file)!r} is a backup of the database {found!r}, and names that database's files: "
                f"restored to {self._name!r}, it could overwrite them; name {found!r} in the URL, or restore it by "
                "hand, with a MOVE for each of its files"
            )
        self._session.run(verify(path, checksum=False), self._job)

    def replace(self, path: Path, files: ServerFiles) -> None:
        try:
            self._session.run(restore(self._name, path), self._job)
        except BaseException as error:
            found = self._settled()
            if found not in ("", _USABLE):
                raise SwapUnfinished(
                    f"The restore of {self._name!r} was not finished, and the database is {found}: restore it again, "
                    f"from {str(self._options.file)!r} or an older backup ({error})"
                ) from error
            raise

    def _settled(self) -> str:
        """Let everybody in again where that was not done; return what the database is like."""
        with Job(_AFTERWARDS) as job:
            # It may be in the middle of a restore; what is said next tells.
            with suppress(BackupError):
                self._session.run(make_usable(self._name), job)
            try:
                return self._session.run(state(self._name), job)
            except BackupError:
                return "in a state that the server does not report"
