"""Opening a file beneath a folder, by its descriptor: what is exchanged in between leads nowhere."""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["HAS_DIR_FD", "NotRegular", "check_regular", "open_beneath"]

#: Not on Windows. Checking the path before and after is not enough: a folder can be exchanged twice in between.
HAS_DIR_FD = {os.open, os.stat} <= os.supports_dir_fd

# Linux opens a folder that may be entered and not listed.
_FOLDER = (
    getattr(os, "O_PATH", os.O_RDONLY)
    | getattr(os, "O_DIRECTORY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
# A FIFO is not waited for, and a terminal does not become ours, should one come where a file was a moment ago.
_FILE = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISLNK, "a link that was not there before"),
)


class NotRegular(Exception):
    """What was found is no regular file; the text says what it is."""


def open_beneath(root: Path, real: Path) -> int:
    """Return a descriptor of a file, reached part by part from a folder without following any link.

    Args:
        root: A resolved folder.
        real: A resolved path in it.

    Raises:
        NotRegular: It is a folder, a FIFO, a device, a socket or a link.
        OSError: It cannot be opened; a link on the way is an error too.
    """
    *folders, name = real.relative_to(root).parts or (".",)
    folder = os.open(root, _FOLDER)
    try:
        for part in folders:
            below = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = below
        # A device may do something as soon as it is opened.
        check_regular(os.stat(name, dir_fd=folder, follow_symlinks=False))
        return os.open(name, _FILE, dir_fd=folder)
    finally:
        os.close(folder)


def check_regular(status: os.stat_result) -> None:
    """Refuse what is no regular file.

    Raises:
        NotRegular: It is none.
    """
    if not stat.S_ISREG(status.st_mode):
        raise NotRegular(next((kind for is_kind, kind in _KINDS if is_kind(status.st_mode)), "no file"))
