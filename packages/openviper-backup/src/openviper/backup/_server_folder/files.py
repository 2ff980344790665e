"""Files that a database server writes or reads itself, in a folder that it shares with this machine."""

from __future__ import annotations

import logging
import os
import secrets
import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup._durable import create_new, disk_errors, lock
from openviper.backup.errors import BackupError, InvalidInput, TargetBusy

if TYPE_CHECKING:
    from openviper.backup.engines.base import DumpOptions, RestoreOptions
    from openviper.backup.job import Job

__all__ = ["FileDump", "ServerFiles", "folder_of", "locked", "staged"]

# Who may read the folder may read what is staged in it; no other user, and the server is another one.
_SHARED = stat.S_IRGRP | stat.S_IROTH

_logger = logging.getLogger("openviper.backup.server_files")


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
        raise InvalidInput(f"--server-dir {str(folder)!r} is not an absolute path, and the server has its own folder")
    if not folder.is_dir():
        raise InvalidInput(f"--server-dir {str(folder)!r} is not a folder on this machine: {title}'s server shares it")
    return folder


class ServerFiles:
    """The files of one backup or restore in such a folder; they are gone after it.

    Args:
        folder: As :func:`folder_of` returns it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: list[Path] = []

    def __enter__(self) -> ServerFiles:
        return self

    def __exit__(self, *raised: object) -> None:
        # What went wrong first is what is raised.
        for note in self.remove():
            _logger.warning("%s", note)

    def new(self, suffix: str) -> Path:
        """Return the path of a file that is not there yet."""
        path = self._folder / f"openviper_{secrets.token_hex(8)}{suffix}"
        self._paths.append(path)
        return path

    def remove(self) -> tuple[str, ...]:
        """Remove them; return a note on each that cannot be, which another user's in a sticky folder cannot."""
        notes: list[str] = []
        for path in self._paths:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                notes.append(
                    f"{str(path)!r}, which the server has made, cannot be removed ({error.strerror}): remove it, and "
                    "give this user the right to do so in --server-dir"
                )
        self._paths.clear()
        return tuple(notes)


def staged(path: Path) -> BinaryIO:
    """Create a file that the server can read, as far as it can read its folder.

    Raises:
        BackupError: It cannot be created.
    """
    with disk_errors("The backup cannot be given to the server (--server-dir)", path):
        fd = create_new(path)
        folder = path.parent.stat()
        _share(fd, folder, folder.st_mode & _SHARED)
    return os.fdopen(fd, "w+b", 0)


@contextmanager
def locked(folder: Path, database: str) -> Generator[None]:
    """Keep other restores of a database by this folder away, whoever runs them.

    Args:
        database: Server and name, the same however its URL is written; upper and lower case are one.

    Raises:
        TargetBusy: One is running.
        BackupError: The lock cannot be made.
    """
    path = folder / f".openviper_{sha256(database.lower().encode()).hexdigest()[:16]}.lock"
    with disk_errors("The restore cannot be locked (--server-dir)", path):
        fd = _open_lock(path)
    try:
        with disk_errors("The restore cannot be locked (--server-dir)", path):
            try:
                lock(fd, wait=False)
            except BlockingIOError as error:
                raise TargetBusy(f"Another restore of {database!r} is running (its lock is {str(path)!r})") from error
        yield
    finally:
        os.close(fd)


class FileDump:
    """A dump that is a file already: :class:`~openviper.backup.engines.base.Dump`.

    Args:
        path: One of ``files``.
        files: Removed after its last byte.
        notes: For the user.

    Raises:
        BackupError: It is not there, or cannot be read.
    """

    def __init__(self, path: Path, files: ServerFiles, notes: tuple[str, ...], job: Job) -> None:
        self._path, self._files, self._notes, self._job = path, files, notes, job
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise BackupError(
                f"The server says that it has written {str(path)!r}, which cannot be read here: {error.strerror}; "
                "--server-dir must be one folder, shared under the same path, whose files this user may read"
            ) from error
        self.size: int | None = os.fstat(self._file.fileno()).st_size

    def read(self, size: int) -> bytes:
        self._job.check()
        with disk_errors("What the server has written cannot be read", self._path):
            return self._file.read(size)

    def finish(self) -> tuple[Mapping[str, int] | None, tuple[str, ...]]:
        return None, (*self._notes, *self._files.remove())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _open_lock(path: Path) -> int:
    """Open the file of a lock; its maker lets every user lock it who may write to its folder."""
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    # Another user's is not to be opened with O_CREAT in a sticky folder: fs.protected_regular of proc(5).
    with suppress(FileNotFoundError):
        return os.open(path, flags)
    try:
        fd = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(path, flags)
    folder = path.parent.stat()
    writers = folder.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    _share(fd, folder, writers | writers << 1)
    return fd


def _share(fd: int, folder: os.stat_result, rights: int) -> None:
    """Give a file the folder's group, and its owner all rights, others these."""
    with suppress(OSError):
        os.fchown(fd, -1, folder.st_gid)
    os.fchmod(fd, 0o600 | rights)
