"""A folder beside a database in which a restore works, and whose lock says that one is running.

It is gone at the end of the run; what a killed run has left in it is found by the next one.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from openviper.backup._durable import lock
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
        while (fd := _take(folder)) is None:
            pass
    if fd < 0:
        raise TargetBusy(f"Another restore of {str(database)!r} is running")
    with _kept(folder, fd):
        yield folder


@contextmanager
def scratch_workplace(beside: Path) -> Generator[Path]:
    """Have a folder of one's own beside a file; those of killed runs are taken away.

    Raises:
        RestoreRefused: It cannot be had there.
    """
    prefix = f".{_short(beside.name)}.verify-"
    folder = beside.with_name(prefix + secrets.token_hex(8))
    with _folder_errors(folder, "There is no place to unpack the backup in"):
        _sweep(beside.parent, prefix)
        # Whoever sweeps just now may have it for a moment.
        while (fd := _take(folder)) is None or fd < 0:
            pass
    with _kept(folder, fd):
        yield folder


def _short(name: str) -> str:
    data = os.fsencode(name)
    return name if len(data) <= _LONGEST else hashlib.sha256(data).hexdigest()


@contextmanager
def _kept(folder: Path, fd: int) -> Generator[None]:
    try:
        yield
    finally:
        # While it is locked; a run that waits sees that it was taken away.
        shutil.rmtree(folder, ignore_errors=True)
        os.close(fd)


def _take(folder: Path) -> int | None:
    """Return its locked descriptor; -1: somebody else has it; ``None``: it went away meanwhile."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        state = _state(folder, fd)
    except BaseException:
        os.close(fd)
        raise
    if state != fd:
        os.close(fd)
    return state


def _state(folder: Path, fd: int) -> int | None:
    try:
        lock(fd, wait=False)
    except BlockingIOError:
        return -1
    status = os.fstat(fd)
    if not _is_still(folder, status):
        return None
    if status.st_uid != os.geteuid():
        raise RestoreRefused(
            f"{str(folder)!r} is of another user (uid {status.st_uid}), whose restore was killed perhaps; "
            "restore as that user, or take it away"
        )
    os.fchmod(fd, 0o700)
    return fd


def _is_still(folder: Path, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(folder.lstat(), status)
    except FileNotFoundError:
        return False


def _sweep(parent: Path, prefix: str) -> None:
    for path in [each for each in parent.iterdir() if each.name.startswith(prefix)]:
        with suppress(OSError, RestoreRefused):
            fd = _take(path)
            if fd is not None and fd >= 0:
                with _kept(path, fd):
                    pass


@contextmanager
def _folder_errors(folder: Path, doing: str) -> Generator[None]:
    try:
        yield
    except BackupError:
        raise
    except OSError as error:
        raise RestoreRefused(f"{doing} {str(folder.parent)!r}: {error.strerror}") from error
