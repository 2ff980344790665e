"""One collection at a time."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from ._places import shown
from .errors import StaticFilesError, naming

__all__ = ["NO_LOCKS", "locked"]

#: What flock(2) says where a file system has no locks on folders: some network and FUSE file systems; EBADF is that of
#: NFS, which locks what can be written to, and no folder can.
NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EBADF})


@contextmanager
def locked(root: Path) -> Generator[bool]:
    """Make the folder and hold a lock (flock) on it; folders that were made and stayed empty are taken away again.

    The folder itself is locked, so that no file is left for a web server to show. ``False``: this file system has no
    locks on folders, and nothing is locked.

    Raises:
        StaticFilesError: Another process holds it, it cannot be locked, or the folder cannot be made.
    """
    made: list[Path] = []
    try:
        with naming(f"STATIC_ROOT={shown(root)} cannot be used"):
            _make(root, made)
            descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield _lock(descriptor, root)
        finally:
            os.close(descriptor)
    finally:
        # Those above one that is not empty are not either.
        with suppress(OSError):
            for folder in reversed(made):
                folder.rmdir()


def _make(root: Path, made: list[Path]) -> None:
    missing = [each for each in (root, *root.parents) if not os.path.lexists(each)]
    for folder in reversed(missing):
        # One that another process has made meanwhile is not ours to take away.
        with suppress(FileExistsError):
            folder.mkdir()
            made.append(folder)


def _lock(descriptor: int, root: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StaticFilesError(
            f"another collectstatic is at work in {shown(root)}; run this one again when it has ended"
        ) from error
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise StaticFilesError(f"STATIC_ROOT={shown(root)} cannot be locked: {error.strerror}") from error
        return False
    return True
