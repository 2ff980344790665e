"""One collection at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from ._places import shown
from .errors import StaticFilesError, naming

__all__ = ["locked"]


@contextmanager
def locked(root: Path) -> Generator[None]:
    """Make the folder and hold a lock (flock) on it; one that was made and stayed empty is taken away again.

    The folder itself is locked, so that no file is left for a web server to show. Where a file system has no locks on
    folders, nothing is locked.

    Raises:
        StaticFilesError: Another process holds it, or the folder cannot be made.
    """
    is_new = not root.exists()
    with naming(f"STATIC_ROOT={shown(root)} cannot be used"):
        root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(descriptor, root)
        yield
    finally:
        os.close(descriptor)
        if is_new:
            with suppress(OSError):
                root.rmdir()


def _lock(descriptor: int, root: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StaticFilesError(
            f"another collectstatic is at work in {shown(root)}; run this one again when it has ended"
        ) from error
    except OSError:
        # NFS locks what can be written to, and no folder can.
        return
