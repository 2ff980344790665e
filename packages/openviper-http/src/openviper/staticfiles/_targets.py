"""What is in the way at the places where files are to be put."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ._places import shown
from .errors import StaticFilesError

__all__ = ["refuse_blocked", "refuse_unwritable"]


def refuse_blocked(root: Path, names: Iterable[str]) -> None:
    """Refuse names at whose place a folder stands, or above whose place a file or a link does.

    Nothing is written through a link in ``STATIC_ROOT``: it may lead to the very files that are collected.

    Raises:
        StaticFilesError: There is one.
    """
    folders: set[str] = set()
    for name in names:
        folders.update(str(each) for each in PurePosixPath(name).parents)
        path = root / name
        if path.is_dir() and not path.is_symlink():
            raise StaticFilesError(
                f"{shown(path)} is a folder where a file is to be put; remove it, or rename the file"
            )
    for folder in sorted(folders - {"."}):
        path = root / folder
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            kind = "a link" if path.is_symlink() else "a file"
            raise StaticFilesError(f"{shown(path)} is {kind} where a folder is to be made; remove it")


def refuse_unwritable(root: Path, names: Iterable[str]) -> None:
    """Refuse names in a folder that this process may not write to, or that is on another device than ``root``.

    For one that is to be made, what counts is the folder that it is made in.

    Raises:
        StaticFilesError: There is one.
    """
    device = root.stat().st_dev if root.exists() else None
    folders = {_nearest(root / name) for name in names}
    for folder in sorted(folders):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise StaticFilesError(f"{shown(folder)} may not be written to by this process; change its mode or owner")
        if device is not None and folder.stat().st_dev != device:
            raise StaticFilesError(
                f"{shown(folder)} is on another device than STATIC_ROOT={shown(root)}, and no file can be moved there "
                "in one step; unmount it, or rename the static files' folder"
            )


def _nearest(path: Path) -> Path:
    return next(each for each in path.parents if each.is_dir())
