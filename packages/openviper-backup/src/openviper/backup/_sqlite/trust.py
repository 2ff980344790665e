"""Whether somebody else could change, while root works there, what a path leads to.

Who may write in a folder may give its names to other files at any moment: root would overwrite, or give away, what is
none of theirs. Everybody else can do no more than they may.
"""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

__all__ = ["danger"]

_MOST_LINKS = 40


def danger(path: Path) -> str | None:
    """Return who could do that, and what is to be done instead; ``None``: nobody, or this process is not root's.

    Args:
        path: As it was given: the folders of each link on the way count, too. Its last part need not be there.
    """
    if os.geteuid():
        return None
    # As the system follows a path: name by name, and at a link through the names that it has in its place.
    folder, left, links = Path("/"), _parts(Path.cwd() / path), 0
    while (found := _of_folder(folder)) is None and left:
        entry = folder / left.pop()
        try:
            status = entry.lstat()
        except OSError:
            # It is not there: in a sticky folder, too, others may make it first.
            return _of_others(folder) if _is_open(folder.stat()) else None
        if status.st_uid and folder.stat().st_mode & stat.S_ISVTX:
            # In a sticky folder the owner of an entry, too, may replace it.
            return _of_owner(entry, status.st_uid)
        if stat.S_ISLNK(status.st_mode) and links < _MOST_LINKS:
            links, target = links + 1, entry.readlink()
            folder = Path("/") if target.is_absolute() else folder
            left += _parts(target)
        elif stat.S_ISDIR(status.st_mode):
            folder = Path(os.path.realpath(entry))
    return found


def _parts(path: Path) -> list[str]:
    """The names on the way, the first one last."""
    return [part for part in reversed(path.parts) if part != "/"]


def _of_folder(folder: Path) -> str | None:
    status = folder.stat()
    if status.st_uid:
        return _of_owner(folder, status.st_uid)
    # In a sticky one, what is root's stays.
    return _of_others(folder) if _is_open(status) and not status.st_mode & stat.S_ISVTX else None


def _is_open(status: os.stat_result) -> bool:
    return bool(status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and status.st_gid))


def _of_others(folder: Path) -> str:
    return (
        f"others may write in {str(folder)!r} too, and could change what root writes to; run it as the user "
        "whose database it is (sudo -u NAME), who has to be able to read the backup"
    )


def _of_owner(path: Path, owner: int) -> str:
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = f"#{owner}"
    return (
        f"{str(path)!r} belongs to {name}, who could change what root writes to; "
        f"run it as that user (sudo -u '{name}'), who has to be able to read the backup"
    )
