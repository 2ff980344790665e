"""``RESTORE DATABASE`` over a database, behind a look at all of the backup."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from openviper.backup._server_files import folder_of, locked, server_file, staged
from openviper.backup._sqlserver.dump import NEVER_RUN
from openviper.backup._sqlserver.session import TITLE, Session
from openviper.backup._sqlserver.statements import exists, make_usable, restore, state, verify
from openviper.backup.errors import BackupError, InvalidArchive, RestoreRefused, SwapUnfinished
from openviper.backup.job import Job

if TYPE_CHECKING:
    from openviper.backup.engines.base import Content, DumpReader, RestoreOptions, RestoreTarget
    from openviper.backup.url import DatabaseURL

__all__ = ["is_ours", "open_scratch", "open_target"]

# Microsoft Tape Format, and what a compressed backup begins with.
_HEADS = (b"TAPE", b"MSSQLBAK")
_USABLE = "ONLINE MULTI_USER"
# Seconds for what must be done though the job is over.
_AFTERWARDS = 60


def is_ours(head: bytes) -> bool:
    """Tell whether a file that begins so is a backup of SQL Server."""
    return head.startswith(_HEADS)


@contextmanager
def open_target(url: DatabaseURL, options: RestoreOptions, job: Job) -> Generator[RestoreTarget]:
    """Lock a database for a restore."""
    folder = folder_of(options, TITLE)
    session = Session(url)
    with locked(folder, str(url)), server_file(folder, ".bak") as path, ExitStack() as stack:
        yield _Target(session, path, options, job, stack)


def open_scratch() -> NoReturn:
    """Refuse.

    Raises:
        RestoreRefused: In any case.
    """
    raise RestoreRefused(f"verify-db is not for {TITLE}: its server verifies a backup when it is made, and restored")


class _Target:
    def __init__(self, session: Session, path: Path, options: RestoreOptions, job: Job, stack: ExitStack) -> None:
        self._session, self._path, self._options, self._job, self._stack = session, path, options, job, stack

    def preflight(self) -> None:
        self._job.step("preflight")
        self._session.run(exists(self._session.database), self._job)

    def holds_data(self) -> bool:
        return self._session.run(exists(self._session.database), self._job) != "0"

    def staging(self) -> BinaryIO:
        return self._stack.enter_context(staged(self._path))

    def accept(self, content: Content) -> tuple[str, ...]:
        if not is_ours(content.head):
            raise InvalidArchive(f"{str(self._options.file)!r} holds no backup of {TITLE}")
        return (NEVER_RUN,)

    def load(self, dump: DumpReader) -> None:
        # On a network's file system, others see all of it only then.
        self._stack.close()
        self._session.run(verify(self._path, checksum=False), self._job)

    def count_rows(self) -> Mapping[str, int]:
        raise NotImplementedError

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        database = self._session.database
        try:
            self._session.run(restore(database, self._path), self._job)
        except BaseException as error:
            found = self._settled()
            if found not in ("", _USABLE):
                raise SwapUnfinished(
                    f"The restore of {database!r} was not finished, and the database is {found}: restore it again, "
                    f"from {str(self._options.file)!r} or an older backup ({error})"
                ) from error
            raise
        return None, ()

    def _settled(self) -> str:
        """Let everybody in again where that was not done; return what the database is like."""
        with Job(_AFTERWARDS) as job:
            # It may be in the middle of a restore; what is said next tells.
            with suppress(BackupError):
                self._session.run(make_usable(self._session.database), job)
            try:
                return self._session.run(state(self._session.database), job)
            except BackupError:
                return "in a state that the server does not tell"
