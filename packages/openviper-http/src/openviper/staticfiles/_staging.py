"""New files, written in a folder of ``STATIC_ROOT`` and moved to their places when all of them are there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from ._outputs import Output
from ._places import shown
from .errors import StaticFilesError, naming

__all__ = ["STAGING", "Staging", "refuse_blocked", "staging"]

#: The folder; a run that was killed leaves it, and the next one takes it away.
STAGING = ".collectstatic-new"


class Staging:
    """Files that are not at their places yet; each is moved there in one step.

    Args:
        root: ``STATIC_ROOT``.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / STAGING
        self._staged: list[tuple[Path, Path]] = []

    def add(self, output: Output) -> None:
        """Write a file.

        Raises:
            StaticFilesError: Its source cannot be read, or the disk is full.
        """
        target = self._root / output.name
        staged = self._folder / str(len(self._staged))
        # The umask decides who may read it, whatever the source's mode was: a web server is another user.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with naming(f"{shown(target)} cannot be written"):
            file = os.fdopen(os.open(staged, flags, 0o666), "wb", buffering=0)
        with file:
            for chunk in output.chunks():
                with naming(f"{shown(target)} cannot be written"):
                    _write_all(file.fileno(), chunk)
        self._staged.append((staged, target))

    def publish(self) -> None:
        """Move what was added to its place, in the order in which it was added.

        Raises:
            StaticFilesError: One cannot be moved; those before it are at their places.
        """
        for staged, target in self._staged:
            with naming(f"{shown(target)} cannot be written"):
                target.parent.mkdir(parents=True, exist_ok=True)
                staged.replace(target)
        self._staged.clear()


@contextmanager
def staging(root: Path) -> Generator[Staging]:
    """Return a :class:`Staging`; what was not published is gone at the end, however it comes.

    Raises:
        StaticFilesError: ``root`` cannot be written to.
    """
    folder = root / STAGING
    try:
        with naming(f"STATIC_ROOT={shown(root)} cannot be written to"):
            if folder.exists():
                shutil.rmtree(folder)
            folder.mkdir()
        yield Staging(root)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
