"""Whether a file is still the one that was looked at."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

from ._places import shown
from .errors import naming

__all__ = ["Seen", "seen_at"]

#: Device, inode, size and times.
Seen: TypeAlias = tuple[int, ...]


def seen_at(path: Path, folder: int | None = None) -> Seen | None:
    """Return what tells a file from another that may come to its place; ``None``: none is there.

    Args:
        path: Where it is.
        folder: A descriptor of the folder that it stands in, whatever leads there by now.

    Raises:
        StaticFilesError: A folder above it may not be searched.
    """
    with naming(f"{shown(path)} cannot be read"):
        try:
            status = os.lstat(path if folder is None else path.name, dir_fd=folder)
        except (FileNotFoundError, NotADirectoryError):
            return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
