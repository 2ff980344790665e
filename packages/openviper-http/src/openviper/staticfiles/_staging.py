"""New files, written in a folder of ``STATIC_ROOT`` and moved to their places when all of them are there."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path

from ._durable import sync_folders, with_parents
from ._folders import open_folder, opened_folders
from ._outputs import Output
from ._places import shown
from ._seen import Seen, seen_at
from .errors import StaticFilesError, naming

__all__ = ["STAGING", "Staging", "staging"]

#: How the folder's name begins; a run that was killed leaves it, and the next one with a lock takes it away.
STAGING = ".collectstatic-new"
# Nobody else's folder has such a name by chance, and nobody knows it before it is there.
_OWN = re.compile(rf"{re.escape(STAGING)}-[0-9a-f]{{32}}")


class Staging:
    """Files that are not at their places yet; each is moved there in one step.

    Args:
        root: ``STATIC_ROOT``.
        folder: A descriptor of the folder that they are in until then, on the same device.
    """

    def __init__(self, root: Path, folder: int) -> None:
        self._root = root
        self._folder = folder
        #: Name -> what the file is called in the folder.
        self._staged: dict[str, str] = {}
        self._numbers = count()

    def add(self, output: Output) -> str:
        """Write a file, so that it lasts, and return its SHA-256 in hexadecimal digits.

        Raises:
            StaticFilesError: Its source cannot be read, or the disk is full.
        """
        target = self._root / output.name
        staged = str(next(self._numbers))
        hashed = sha256()
        # The umask decides who may read it, whatever the source's mode was: a web server is another user.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with naming(f"{shown(target)} cannot be written"):
            file = os.fdopen(os.open(staged, flags, 0o666, dir_fd=self._folder), "wb", buffering=0)
        with file:
            for chunk in output.chunks():
                hashed.update(chunk)
                with naming(f"{shown(target)} cannot be written"):
                    _write_all(file.fileno(), chunk)
            with naming(f"{shown(target)} cannot be written"):
                os.fsync(file.fileno())
        self._staged[output.name] = staged
        return hashed.hexdigest()

    def publish(self, names: Iterable[str], expected: Mapping[str, Seen | None] | None = None) -> None:
        """Move what was added to its place, so that it lasts.

        Args:
            names: Which; in this order.
            expected: What :func:`seen_at` has told of the places of some names. Where another file stands by now, it is
                not replaced.

        Raises:
            StaticFilesError: One cannot be moved; those before it are at their places.
        """
        folders: set[Path] = set()
        try:
            for name in names:
                folders.update(with_parents(self._root, name))
                self._move(name, expected or {})
        finally:
            sync_folders(folders)

    def _move(self, name: str, expected: Mapping[str, Seen | None]) -> None:
        target = self._root / name
        with (
            naming(f"{shown(target)} cannot be written"),
            opened_folders(self._root, name, make=True) as folders,
        ):
            if name in expected and seen_at(target, folders[-1]) != expected[name]:
                raise StaticFilesError(f"{shown(target)} was changed by another process; run collectstatic again")
            os.replace(self._staged.pop(name), target.name, src_dir_fd=self._folder, dst_dir_fd=folders[-1])


@contextmanager
def staging(root: Path, *, is_locked: bool = True) -> Generator[Staging]:
    """Return a :class:`Staging`; what was not published is gone at the end, however it comes.

    Args:
        root: ``STATIC_ROOT``.
        is_locked: No other run can be at work, so that what killed ones have left is taken away.

    Raises:
        StaticFilesError: ``root`` cannot be written to.
    """
    token = secrets.token_hex(16)
    folder = root / (f"{STAGING}-{token}" if is_locked else f"{STAGING}-{os.getpid()}-{token}")
    with naming(f"STATIC_ROOT={shown(root)} cannot be written to"):
        for rest in filter(_is_rest, root.iterdir() if is_locked else ()):
            shutil.rmtree(rest)
        folder.mkdir()
    try:
        with naming(f"STATIC_ROOT={shown(root)} cannot be written to"):
            descriptor = open_folder(folder)
        try:
            yield Staging(root, descriptor)
        finally:
            os.close(descriptor)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_rest(path: Path) -> bool:
    """Tell a folder of a killed run: by its name, and by what is in it, which are files of :class:`Staging` only."""
    is_named_so = _OWN.fullmatch(path.name) is not None and path.is_dir() and not path.is_symlink()
    return is_named_so and all(each.name.isdecimal() for each in path.iterdir())


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
