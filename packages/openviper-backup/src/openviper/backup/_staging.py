"""A temporary folder of a run's own: for what comes from a bucket or goes there, and for what is verified.

It is gone at the end of the run; what a killed run has left, the next one takes away. A lock (flock) on it tells the
one of the dead from the one of the living; where a file system has no locks, what is there stays.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from openviper.backup._durable import disk_errors, lock_if_possible

__all__ = ["own_folder", "staging_folder"]

_PREFIX = "openviper-backup-"


@contextmanager
def staging_folder() -> Generator[Path]:
    """Have an empty folder of mode 0700 where temporary files are (``TMPDIR``).

    Raises:
        NotEnoughSpace: The disk is full.
        BackupError: It cannot be made.
    """
    with ExitStack() as stack:
        with disk_errors("No temporary folder can be made (TMPDIR)"):
            folder = stack.enter_context(own_folder(Path(tempfile.gettempdir()), _PREFIX))
        yield folder


@contextmanager
def own_folder(parent: Path, prefix: str) -> Generator[Path]:
    """Have an empty folder of mode 0700 whose name begins with ``prefix``.

    Raises:
        OSError: It cannot be made.
    """
    folder, fd = _make(parent, prefix)
    try:
        _sweep(parent, prefix)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(fd)


def _make(parent: Path, prefix: str) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        # Between the two calls, a sweep may have taken it for a dead one's.
        with suppress(FileNotFoundError):
            fd = _open(folder)
            lock_if_possible(fd, wait=True)
            if folder.exists():
                return folder, fd
            os.close(fd)


def _sweep(parent: Path, prefix: str) -> None:
    # Who may make folders there need not be allowed to list them.
    with suppress(OSError):
        for folder in parent.iterdir():
            if folder.name.startswith(prefix):
                with suppress(OSError):
                    _remove_dead(folder)


def _remove_dead(folder: Path) -> None:
    fd = _open(folder)
    try:
        if os.fstat(fd).st_uid == os.geteuid() and lock_if_possible(fd, wait=False):
            shutil.rmtree(folder)
    finally:
        os.close(fd)


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
