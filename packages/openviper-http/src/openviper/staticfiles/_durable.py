"""What makes files and the names of files last, as fsync(2) asks for."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from ._places import shown
from .errors import naming

__all__ = ["sync_folders", "with_parents"]


def sync_folders(folders: Iterable[Path]) -> None:
    """Make the names in some folders last; one that is not there any more is passed over.

    Raises:
        StaticFilesError: The disk fails.
    """
    for folder in sorted(folders):
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            # Removed meanwhile, or one that may be written to and not listed.
            continue
        try:
            with naming(f"{shown(folder)} cannot be made to last on its disk"):
                _sync(descriptor)
        finally:
            os.close(descriptor)


def with_parents(root: Path, name: str) -> list[Path]:
    """Return the folder that a file of ``root`` stands in, and those above it up to ``root``."""
    return list((root / name).parents)[: name.count("/") + 1]


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems know nothing of it for folders.
        if error.errno != errno.EINVAL:
            raise
