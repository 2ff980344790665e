"""The folders of ``STATIC_ROOT``, opened one below the other: no link is followed, not one that came this moment."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

__all__ = ["open_folder", "opened_folders"]

# O_PATH, where a system has it: one that may be written to need not be one that may be listed.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# ELOOP: a link, where another system than Linux says so.
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


@contextmanager
def opened_folders(root: Path, name: str, *, make: bool = False) -> Generator[list[int]]:
    """Return descriptors of ``root`` and of each folder down to a file; ``[]``: one is not there, or is a link.

    Args:
        root: A folder.
        name: The file, below it.
        make: Make those that are not there; what stands in the place of one is an error.

    Raises:
        OSError: One cannot be opened.
    """
    with ExitStack() as stack:
        folders: list[int] = []
        try:
            for part in (str(root), *name.split("/")[:-1]):
                folders.append(open_folder(part, folders[-1] if folders else None, make=make))
                stack.callback(os.close, folders[-1])
        except OSError as error:
            if make or error.errno not in _NOT_THERE:
                raise
            folders = []
        yield folders


def open_folder(path: str | os.PathLike[str], above: int | None = None, *, make: bool = False) -> int:
    """Return a descriptor of a folder.

    Args:
        path: Where it is.
        above: A descriptor of the folder that a relative ``path`` begins in.
        make: Make it, if it is not there.

    Raises:
        OSError: It is not there, or is a link.
    """
    try:
        return os.open(path, _FOLDER, dir_fd=above)
    except FileNotFoundError:
        if not make:
            raise
    # Another process may have made it meanwhile, which is as good.
    with suppress(FileExistsError):
        os.mkdir(path, dir_fd=above)
    return os.open(path, _FOLDER, dir_fd=above)
