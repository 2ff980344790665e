"""A folder beside a database in which a restore works, and whose lock says that one is running.

It is gone at the end of the run; what a killed run has left in it is found by the next one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from openviper.backup._durable import NO_LOCKS, lock
from openviper.backup._staging import own_folder
from openviper.backup.errors import BackupError, RestoreRefused, TargetBusy

__all__ = ["restore_workplace", "scratch_workplace"]

_LONGEST = 200


@contextmanager
def restore_workplace(database: Path) -> Generator[Path]:
    """Have the one folder in which a database is restored, with all that a killed run has left in it.

    Raises:
        TargetBusy: Another restore has it.
        RestoreRefused: It cannot be had there.
    """
    folder = database.parent / f".{_short(database.name)}.restore"
    with _folder_errors(folder, "Nothing can be made beside the database, in"):
        try:
            while (fd := _take(folder)) is None:
                pass
        except BlockingIOError as error:
            raise TargetBusy(f"Another restore of {str(database)!r} is running") from error
    try:
        yield folder
    finally:
        # While it is locked; a run that waits sees that it was taken away.
        shutil.rmtree(folder, ignore_errors=True)
        os.close(fd)


@contextmanager
def scratch_workplace(beside: Path) -> Generator[Path]:
    """Have a folder of one's own beside a file; those of killed runs are taken away.

    Raises:
        RestoreRefused: It cannot be had there.
    """
    with ExitStack() as stack:
        with _folder_errors(beside, "There is no place to unpack the backup in"):
            folder = stack.enter_context(own_folder(beside.parent, f".{_short(beside.name)}.verify-"))
        yield folder


def _short(name: str) -> str:
    data = os.fsencode(name)
    return name if len(data) <= _LONGEST else hashlib.sha256(data).hexdigest()


def _take(folder: Path) -> int | None:
    """Return its locked descriptor; ``None``: it went away meanwhile.

    Raises:
        BlockingIOError: Somebody else has it.
        RestoreRefused: It is another user's, or the file system has no locks.
    """
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    with ExitStack() as stack:
        try:
            fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        stack.callback(os.close, fd)
        _lock(folder, fd)
        if not _is_still(folder, os.fstat(fd)):
            return None
        _check_owner(folder, fd)
        os.fchmod(fd, 0o700)
        stack.pop_all()
        return fd


def _lock(folder: Path, fd: int) -> None:
    try:
        lock(fd, wait=False)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        with suppress(OSError):
            # What a killed run has left in it stays.
            folder.rmdir()
        raise RestoreRefused(
            f"The file system of {str(folder.parent)!r} has no locks ({error.strerror}): nothing would keep two "
            "restores, or a program that uses the database, apart; restore it to another disk, and copy the file"
        ) from error


def _check_owner(folder: Path, fd: int) -> None:
    owner = os.fstat(fd).st_uid
    if owner != os.geteuid():
        raise RestoreRefused(
            f"{str(folder)!r} is of another user (uid {owner}), whose restore was killed perhaps; "
            "restore as that user, or take it away"
        )


def _is_still(folder: Path, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(folder.lstat(), status)
    except FileNotFoundError:
        return False


@contextmanager
def _folder_errors(folder: Path, doing: str) -> Generator[None]:
    try:
        yield
    except BackupError:
        raise
    except OSError as error:
        raise RestoreRefused(f"{doing} {str(folder.parent)!r}: {error.strerror}") from error
