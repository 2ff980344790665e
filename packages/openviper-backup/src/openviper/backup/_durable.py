"""What files need so that they last, are whole, and overwrite nothing; and what is raised where a disk fails."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from openviper.backup.errors import BackupError, NotEnoughSpace

__all__ = [
    "NO_LINKS",
    "NO_LOCKS",
    "check_room",
    "create_new",
    "disk_error",
    "disk_errors",
    "link_new",
    "lock",
    "lock_if_possible",
    "make_folder",
    "sync_file",
    "sync_folder",
    "write_all",
]

#: What link(2) says where a file system has no hard links: FAT, some network and FUSE file systems.
NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
#: What flock(2) says where a file system has no locks: some network and FUSE file systems.
NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# renameat2(2), from <fcntl.h> and <linux/fs.h>.
_AT_FDCWD, _RENAME_NOREPLACE = -100, 1
_NO_RENAMEAT2 = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}


def create_new(file: Path) -> int:
    """Create a file that only its owner may read, and open it for reading and writing.

    Raises:
        FileExistsError: There is one.
    """
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def sync_file(file: Path) -> None:
    """Make what is in a file last, which nobody has open for writing any more."""
    fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last, as fsync(2) asks for."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError as error:
        # Some file systems know nothing of it for folders.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(fd)


def make_folder(folder: Path) -> None:
    """Make a folder and the parents that it lacks, each for its owner only, and their names last."""
    missing = [each for each in (folder, *folder.parents) if not os.path.lexists(each)]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        sync_folder(each.parent)


def link_new(source: Path, target: Path) -> None:
    """Give a file another name where nothing has it yet; the old one may stay.

    Raises:
        FileExistsError: Something has it.
    """
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _rename_new(source, target)


def _rename_new(source: Path, target: Path) -> None:
    try:
        _renameat2(source, target)
    except OSError as error:
        if error.errno not in _NO_RENAMEAT2:
            raise
        # All that such a file system has; a file that kept the place would stay there, empty, after a kill.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        source.rename(target)


def _renameat2(source: Path, target: Path) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    names = (_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target))
    if library.renameat2(*names, _RENAME_NOREPLACE):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(source), None, str(target))


def lock(fd: int, *, wait: bool) -> None:
    """Take the lock (flock) of an open file.

    Raises:
        BlockingIOError: Another has it, and ``wait`` is off.
        OSError: The file system has no locks.
    """
    fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def lock_if_possible(fd: int, *, wait: bool) -> bool:
    """Take the lock of an open file; ``False``: this file system has none.

    Raises:
        BlockingIOError: Another has it, and ``wait`` is off.
    """
    try:
        lock(fd, wait=wait)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        return False
    return True


def check_room(where: Path | int, size: int, what: str) -> None:
    """Make sure that a disk has room for ``size`` bytes.

    Args:
        where: A folder, or a descriptor of a file.
        what: The beginning of the sentence, before the number: ``The safety copy needs``.

    Raises:
        NotEnoughSpace: It has not.
    """
    disk = os.statvfs(where)
    free = disk.f_bavail * disk.f_frsize
    if size > free:
        place = "the disk that takes them" if isinstance(where, int) else repr(str(where))
        raise NotEnoughSpace(f"{what} {size} bytes, and {place} has {free} left")


def write_all(write: Callable[[memoryview], int], data: bytes | memoryview) -> int:
    """Write until all is written, which the unbuffered ``write`` may not do at once; return how much that is."""
    view = memoryview(data)
    while view:
        view = view[write(view) :]
    return len(data)


@contextmanager
def disk_errors(doing: str, where: Path | None = None) -> Generator[None]:
    """Raise what this package raises where a disk fails; the arguments are those of :func:`disk_error`.

    Raises:
        NotEnoughSpace: The disk is full.
        BackupError: Anything else.
    """
    try:
        yield
    except BackupError:
        # One of them is an OSError too.
        raise
    except OSError as error:
        raise disk_error(doing, error, where) from error


def disk_error(doing: str, error: OSError, where: Path | None = None) -> BackupError:
    """Return what is to be raised where a disk fails.

    Args:
        doing: The beginning of the sentence: ``The backup cannot be read``.
        where: What is named where the error names no file; ``None``: nothing.
    """
    kind = NotEnoughSpace if error.errno in _NO_SPACE else BackupError
    place = error.filename if isinstance(error.filename, str | bytes) else where
    shown = "" if place is None else f"{os.fsdecode(place)!r}: "
    return kind(f"{doing}: {shown}{error.strerror or error}")
