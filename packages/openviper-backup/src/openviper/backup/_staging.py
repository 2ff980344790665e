"""A temporary folder (``TMPDIR``) for what comes from a bucket or goes there.

It is gone at the end of the run; what a killed run has left, the next one takes away. A lock (flock) on it tells the
one of the dead from the one of the living.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from openviper.backup._durable import disk_errors, lock

__all__ = ["staging_folder"]

_PREFIX = "openviper-backup-"


@contextmanager
def staging_folder() -> Generator[Path]:
    """Have an empty folder of mode 0700.

    Raises:
        NotEnoughSpace: The disk is full.
        BackupError: It cannot be made.
    """
    with disk_errors("No temporary folder can be made (TMPDIR)"):
        folder, fd = _make()
        _sweep(folder.parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(fd)


def _make() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        # Between the two calls, a sweep may have taken it for a dead one's.
        with suppress(FileNotFoundError):
            fd = _open(folder)
            lock(fd, wait=True)
            if folder.exists():
                return folder, fd
            os.close(fd)


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            _remove_dead(folder)


def _remove_dead(folder: Path) -> None:
    fd = _open(folder)
    try:
        if os.fstat(fd).st_uid == os.geteuid() and lock(fd, wait=False):
            shutil.rmtree(folder)
    finally:
        os.close(fd)


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
