"""Roles and tablespaces, which no dump of a database has: ``pg_dumpall --globals-only`` in a file of its own."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._durable import disk_error, lock_if_possible, sync_folder, write_all
from openviper.backup._postgres.queries import PACKAGE, TITLE
from openviper.backup._postgres.trailer import is_cluster_complete
from openviper.backup._postgres.versions import check_version, server_version
from openviper.backup.errors import BackupError, IncompleteDump, InvalidInput, TargetBusy
from openviper.backup.naming import PART
from openviper.backup.process import find_tool, run_tool

if TYPE_CHECKING:
    from openviper.backup._postgres.connection import Connection
    from openviper.backup._postgres.queries import Session
    from openviper.backup.job import Job

__all__ = ["SavedGlobals", "save_globals"]

_MOST = 32 << 20
_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


@dataclass(slots=True)
class SavedGlobals:
    """What pg_dumpall has written, not under its name yet; ``is_wanted``: it takes that at the end."""

    file: Path
    has_passwords: bool
    is_wanted: bool = False

    @property
    def note(self) -> str:
        without = "" if self.has_passwords else ", but passwords, which a superuser alone can read"
        return f"Roles and tablespaces are in {str(self.file)!r}{without}"


@contextmanager
def save_globals(
    file: Path | None, connection: Connection, session: Session, job: Job
) -> Generator[SavedGlobals | None]:
    """Write roles and tablespaces beside ``file`` (0600), or nothing where that is ``None``.

    Left without an error, and wanted, they take the place of what is there; a link there is replaced, and not followed.

    Raises:
        InvalidInput: ``file`` is a folder, or a device.
        ToolMissing: pg_dumpall is not on PATH, or older than the server.
        ToolFailed: It failed.
        IncompleteDump: It ended too early.
        TargetBusy: Another run writes there.
        NotEnoughSpace, BackupError: It cannot be written there.
    """
    if file is None:
        yield None
        return
    _check(file)
    has_passwords = session.value(_SUPERUSER)
    content = _content(connection, session, job, with_passwords=has_passwords)
    part = file.with_name(file.name + PART)
    with _locked(part, file) as fd:
        with _writing(file):
            write_all(lambda data: os.write(fd, data), content)
            os.fsync(fd)
        saved = SavedGlobals(file, has_passwords)
        yield saved
        if saved.is_wanted:
            with _writing(file, "The backup is made, and "):
                part.replace(file)
                sync_folder(file.parent)


def _check(file: Path) -> None:
    with _writing(file):
        what = "a folder" if file.is_dir() else "a device, a pipe or a socket"
        if file.exists() and not file.is_file():
            raise InvalidInput(f"{str(file)!r} is {what}; expected the file that takes the roles and tablespaces")


@contextmanager
def _writing(file: Path, done: str = "") -> Generator[None]:
    try:
        yield
    except BackupError:
        # One of them is an OSError too.
        raise
    except OSError as error:
        # The user knows nothing of the part, which the error names.
        nameless = OSError(error.errno, error.strerror)
        raise disk_error(f"{done}--globals {str(file)!r} cannot be written", nameless) from error


@contextmanager
def _locked(part: Path, file: Path) -> Generator[int]:
    """Open ``part``, empty, for one run at a time; taken away at the end, unless it has another name by then."""
    with _writing(file):
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if not _take(part, fd):
            raise TargetBusy(f"Another backup is writing {str(file)!r}; wait for its end")
        try:
            with _writing(file):
                # A killed run has left it, or another user's umask.
                os.ftruncate(fd, 0)
                os.fchmod(fd, 0o600)
            yield fd
        finally:
            if _is_at(part, fd):
                part.unlink()
    finally:
        os.close(fd)


def _take(part: Path, fd: int) -> bool:
    """Take the lock; the run that had it may just have taken the file away."""
    with suppress(BlockingIOError):
        lock_if_possible(fd, wait=False)
        return _is_at(part, fd)
    return False


def _is_at(part: Path, fd: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(part.lstat(), os.fstat(fd))
    return False


def _content(connection: Connection, session: Session, job: Job, *, with_passwords: bool) -> bytes:
    tool = find_tool(["pg_dumpall"], TITLE, PACKAGE)
    check_version(tool, server_version(session), job)
    # It reads other roles' passwords from a table of superusers.
    arguments = ["--globals-only", "--no-password", *([] if with_passwords else ["--no-role-passwords"])]
    content = run_tool(
        tool, arguments, job=job, environment=connection.environment, secrets=connection.secrets, most=_MOST
    )
    if not is_cluster_complete(content):
        raise IncompleteDump("pg_dumpall exited 0, and what it wrote has no end: no backup was made")
    return content
