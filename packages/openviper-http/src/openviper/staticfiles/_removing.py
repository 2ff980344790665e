"""Removing files of ``STATIC_ROOT`` that an earlier run has published, and nothing else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path

from ._durable import sync_folders, with_parents
from ._folders import opened_folders
from ._places import shown
from ._record import Record
from .errors import naming

__all__ = ["remove_files", "sort_out"]

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def sort_out(root: Path, record: Record, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return which of ``names`` are there with the recorded content, and which with another; both sorted.

    What stands behind a link to a folder is not there, and a folder is no file.

    Raises:
        StaticFilesError: One cannot be read.
    """
    own: list[str] = []
    foreign: list[str] = []
    for name in sorted(names):
        with naming(f"{shown(root / name)} cannot be read"), opened_folders(root, name) as folders:
            if folders and _kind(folders[-1], name) not in (0, stat.S_IFDIR):
                (own if _is_own(folders[-1], name, record) else foreign).append(name)
    return own, foreign


def remove_files(root: Path, record: Record, names: Iterable[str]) -> list[str]:
    """Remove files, and the folders that get empty by it; return which were removed.

    Just before it is removed, each is looked at again: one that has another content by now stays, and no link is
    followed on the way to it.

    Raises:
        StaticFilesError: One cannot be removed.
    """
    removed = [name for name in names if _remove(root, name, record)]
    sync_folders({folder for name in removed for folder in with_parents(root, name)})
    return removed


def _remove(root: Path, name: str, record: Record) -> bool:
    with naming(f"{shown(root / name)} cannot be removed"), opened_folders(root, name) as folders:
        if not folders or not _is_own(folders[-1], name, record):
            return False
        *parts, last = name.split("/")
        os.unlink(last, dir_fd=folders[-1])
        # One that is not empty stays, and so do those above it.
        with suppress(OSError):
            for part, above in zip(reversed(parts), reversed(folders[:-1]), strict=True):
                os.rmdir(part, dir_fd=above)
    return True


def _kind(folder: int, name: str) -> int:
    """Return the file type of what stands in ``folder``; 0: nothing."""
    try:
        return stat.S_IFMT(os.stat(name.rpartition("/")[2], dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return 0


def _is_own(folder: int, name: str, record: Record) -> bool:
    if _kind(folder, name) != stat.S_IFREG:
        return False
    with os.fdopen(os.open(name.rpartition("/")[2], _FILE, dir_fd=folder), "rb") as file:
        return file_digest(file, "sha256").hexdigest() in record.get(name, ())
