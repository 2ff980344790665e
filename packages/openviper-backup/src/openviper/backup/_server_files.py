"""Files that a database server writes or reads itself, in a folder that it shares with this machine."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup.errors import BackupError, InvalidInput, TargetBusy

if TYPE_CHECKING:
    from openviper.backup.engines.base import DumpOptions, RestoreOptions
    from openviper.backup.job import Job

__all__ = ["FileDump", "folder_of", "locked", "server_file", "staged"]

# Who may read the folder may read what is staged in it; nobody else, and the server is another user.
_SHARED = stat.S_IRGRP | stat.S_IROTH


def folder_of(options: DumpOptions | RestoreOptions, title: str) -> Path:
    """Return the folder that the server and this machine share.

    Raises:
        InvalidInput: None is named, or it cannot be used.
    """
    folder = options.server_folder
    if folder is None:
        raise InvalidInput(
            f"{title} writes and reads backups on the database server: name a folder that it and this machine share "
            "under the same path, by --server-dir (server_folder=)"
        )
    if not folder.is_absolute() or not str(folder).isprintable():
        raise InvalidInput(f"--server-dir {str(folder)!r} is no absolute path, and the server has its own folder")
    if not folder.is_dir():
        raise InvalidInput(f"--server-dir {str(folder)!r} is no folder on this machine: {title}'s server shares it")
    return folder


@contextmanager
def server_file(folder: Path, suffix: str) -> Generator[Path]:
    """Give the path of a file that is not there yet; it is gone at the end."""
    path = folder / f"openviper_{secrets.token_hex(8)}{suffix}"
    try:
        yield path
    except BaseException:
        # What went wrong first is what is said.
        with suppress(OSError):
            path.unlink()
        raise
    _remove(path)


def staged(path: Path) -> BinaryIO:
    """Create a file that the server can read, as far as it can read its folder.

    Raises:
        BackupError: It cannot be created.
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        folder = path.parent.stat()
        with suppress(OSError):
            os.fchown(fd, -1, folder.st_gid)
        os.fchmod(fd, 0o600 | (folder.st_mode & _SHARED))
    except OSError as error:
        raise BackupError(f"{str(path)!r} cannot be created (--server-dir): {error.strerror}") from error
    return os.fdopen(fd, "w+b", 0)


@contextmanager
def locked(folder: Path, database: str) -> Generator[None]:
    """Keep other restores of a database away.

    Raises:
        TargetBusy: One is running.
        BackupError: The lock cannot be made.
    """
    path = folder / f".openviper_{sha256(database.encode()).hexdigest()[:16]}.lock"
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BackupError(f"{str(path)!r} cannot be created (--server-dir): {error.strerror}") from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise
        raise TargetBusy(f"Another restore of {database!r} is running (its lock is {str(path)!r})") from error
    finally:
        os.close(fd)


class FileDump:
    """A dump that is a file already: :class:`~openviper.backup.engines.base.Dump`.

    Raises:
        BackupError: It is not there, or cannot be read.
    """

    def __init__(self, path: Path, job: Job, notes: tuple[str, ...]) -> None:
        self._job, self._notes = job, notes
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise BackupError(
                f"The server says that it has written {str(path)!r}, which cannot be read here: {error.strerror}; "
                "--server-dir must be one folder, shared under the same path, whose files this user may read"
            ) from error
        self.size: int | None = os.fstat(self._file.fileno()).st_size

    def read(self, size: int) -> bytes:
        self._job.check()
        data = self._file.read(size)
        while data and len(data) < size and (more := self._file.read(size - len(data))):
            data += more
        return data

    def finish(self) -> tuple[Mapping[str, int] | None, tuple[str, ...]]:
        return None, self._notes

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise BackupError(
            f"{str(path)!r}, which the server has made, cannot be removed ({error.strerror}): remove it, and give this "
            "user the right to do so in --server-dir"
        ) from error
