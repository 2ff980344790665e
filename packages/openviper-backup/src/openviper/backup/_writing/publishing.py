"""How a backup comes to its name: whole, or not at all.

It is written under a name that ends in ``.part``, with mode 0600, and takes its own by a hard link, which fails where
there is something already. Its sidecar follows. Whatever happens before that, nothing of it remains; a process that
was killed leaves a ``.part`` behind, and the next backup of the same name in the same folder takes it away. A lock
(flock) on it tells the one of the dead from the one of the living; where a file system has no locks, it stays.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._durable import create_new, link_new, lock_if_possible, sync_folder, write_all
from openviper.backup.errors import BackupError
from openviper.backup.naming import PART, SIDECAR, FileName, parse_file_name
from openviper.backup.sidecar import sidecar_path

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["MAX_NUMBER", "Publication"]

#: Backups of one name in one second.
MAX_NUMBER = 1000


class Publication:
    """The file of a backup while it has no name of its own, and the way to it.

    A context manager: left before :meth:`publish` has returned, it takes everything away.

    Args:
        folder: There it is.
        name: Without a number; one is found.

    Attributes:
        fd: Open for reading and writing; closed at the end.
    """

    def __init__(self, folder: Path, name: FileName) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._undo = ExitStack()
        self._part = folder
        self._status: os.stat_result | None = None
        self.name = name
        self.fd = -1

    def __enter__(self) -> Publication:
        # Where this is not allowed, it is said now, and not after the dump.
        sync_folder(self._folder)
        self._status = self._folder.stat()
        _sweep(self._folder, self.name.name)
        self.name = replace(self.name, number=max(self.name.number, self._highest_number() + 1))
        while True:
            file = self._file()
            if not os.path.lexists(file) and not os.path.lexists(sidecar_path(file)):
                with suppress(FileExistsError):
                    self._part, self.fd = self._stack.enter_context(_part_of(file))
                    return self
            self._count_up()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        with self._stack:
            self._undo.close()
        if error is not None and self._status is not None and not _is_own(self._folder, self._status):
            _tell_of_rests(self._folder, error)

    def publish(self, sidecar: Callable[[str], bytes], step: Callable[[str], None]) -> tuple[Path, Path]:
        """Give the file its name, and then the sidecar its own; return both.

        Args:
            sidecar: The sidecar's content for the backup's name.
            step: Told of ``publish`` and ``sidecar`` before each of them; where it raises, nothing remains.

        Raises:
            OSError: The file system does not do it.
        """
        while True:
            try:
                return self._publish(sidecar, step)
            except FileExistsError:
                # Another program has put a file there in the meantime.
                self._undo.close()
                self._count_up()

    def _publish(self, sidecar: Callable[[str], bytes], step: Callable[[str], None]) -> tuple[Path, Path]:
        file = self._file()
        beside = sidecar_path(file)
        with _part_of(beside) as (part, fd):
            _write(fd, sidecar(file.name))
            step("publish")
            link_new(self._part, file)
            self._undo.callback(_take_back, self._part, file, os.fstat(self.fd))
            sync_folder(self._folder)
            step("sidecar")
            link_new(part, beside)
            # Its descriptor is closed by then.
            self._undo.callback(_unlink_own, beside, os.fstat(fd))
        _unlink_own(self._part, os.fstat(self.fd))
        sync_folder(self._folder)
        self._undo.pop_all()
        return file, beside

    def _file(self) -> Path:
        return self._folder / str(self.name)

    def _highest_number(self) -> int:
        """Of this second, whatever the extension: the newest has the highest, also where lower ones were pruned."""
        second = str(replace(self.name, number=1, extension=""))
        texts = [path.name for path in self._folder.iterdir() if path.name.startswith(second)]
        names = [parse_file_name(text.removesuffix(PART).removesuffix(SIDECAR)) for text in texts]
        return max((name.number for name in names if name is not None and name.number < MAX_NUMBER), default=0)

    def _count_up(self) -> None:
        if self.name.number >= MAX_NUMBER:
            raise FileExistsError(errno.EEXIST, f"{MAX_NUMBER} backups of this second are there", str(self._file()))
        self.name = replace(self.name, number=self.name.number + 1)


def _tell_of_rests(folder: Path, error: BaseException) -> None:
    """Say that what was written could not be found to be taken away."""
    told = f"{str(folder)!r} was renamed or replaced meanwhile: what was written, which is not a backup, is still in it"
    if isinstance(error, OSError) and not isinstance(error, BackupError):
        raise BackupError(f"The backup cannot be written: {told}") from error
    if isinstance(error, BackupError):
        error.args = (f"{error}; {told}", *error.args[1:])


@contextmanager
def _part_of(file: Path) -> Generator[tuple[Path, int]]:
    """Create ``<file>.part``, locked; gone at the end."""
    part = file.with_name(file.name + PART)
    fd = _create_locked(part)
    try:
        yield part, fd
    finally:
        _unlink_own(part, os.fstat(fd))
        os.close(fd)


def _write(fd: int, data: bytes) -> None:
    write_all(partial(os.write, fd), data)
    os.fsync(fd)


def _create_locked(part: Path) -> int:
    while True:
        fd = create_new(part)
        try:
            lock_if_possible(fd, wait=True)
            # Between the two calls, a sweep may have taken it for a dead one's.
            if _is_own(part, os.fstat(fd)):
                return fd
        except BaseException:
            _unlink_own(part, os.fstat(fd))
            os.close(fd)
            raise
        os.close(fd)


def _sweep(folder: Path, name: str) -> None:
    """Take away what killed backups of this name have left."""
    for path in folder.glob(f"*{PART}"):
        found = parse_file_name(path.name.removesuffix(PART).removesuffix(SIDECAR))
        if found is not None and found.name == name:
            with suppress(OSError):
                _unlink_dead(path)


def _unlink_dead(part: Path) -> None:
    fd = os.open(part, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if lock_if_possible(fd, wait=False):
            _unlink_own(part, os.fstat(fd))
    finally:
        os.close(fd)


def _take_back(source: Path, target: Path, own: os.stat_result) -> None:
    """Undo a rename; both names are there where it was a link."""
    if _is_own(source, own):
        _unlink_own(target, own)
    elif _is_own(target, own):
        target.replace(source)


def _is_own(path: Path, own: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.lstat(), own)
    except FileNotFoundError:
        return False


def _unlink_own(path: Path, own: os.stat_result) -> None:
    """Take a file away, if it is still the one that was opened."""
    with suppress(FileNotFoundError):
        if _is_own(path, own):
            path.unlink()
