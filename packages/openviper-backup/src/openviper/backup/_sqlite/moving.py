"""The files of databases moved to other names: beside the live one, in its place, and back."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._durable import NO_LINKS, link_new
from openviper.backup._sqlite.connection import DAMAGED, Patience, code_of, connect, patiently, watched
from openviper.backup._sqlite.keeping import doubled, forget_doubles, keep, resemble
from openviper.backup._sqlite.rests import move_rests
from openviper.backup.errors import RestoreRefused

if TYPE_CHECKING:
    from openviper.backup._sqlite.location import Location
    from openviper.backup.job import Job

__all__ = ["place", "repair", "replace"]

# All bytes by which SQLite locks a file: https://www.sqlite.org/fileformat.html, 1.3 (the lock-byte page).
_LOCK_BYTES, _LOCK_SIZE = 0x40000000, 512
_PAUSE = 0.05


def place(location: Location, new: Path, old: Path, job: Job, *, keep_old: bool = False) -> str | None:
    """Give a database the name of one that is not there; return what was kept of that: its rests.

    A journal or log that is left of another database would be taken for its own: they become those of ``old``.

    Raises:
        FileExistsError: There is one now.
    """
    job.step("place")
    with _doubled(location, old, None, job, keep_old=keep_old) as kept:
        move_rests(location.path, old)
        try:
            link_new(new, location.path)
        except BaseException:
            move_rests(old, location.path)
            raise
    return kept


def replace(location: Location, new: Path, old: Path, job: Job, *, keep_old: bool = False) -> str | None:
    """Put a database in the place of a damaged one, which becomes ``old`` with its journal and log.

    Returns what was kept of it.

    Raises:
        RestoreRefused: Another program uses it.
    """
    with _exclusive(location, job) as fd:
        job.step("replace")
        resemble(new, location.path)
        old.unlink(missing_ok=True)
        with _doubled(location, old, fd, job, keep_old=keep_old) as kept:
            try:
                _set_aside(location.path, old)
                job.step("move")
                new.replace(location.path)
            except BaseException:
                _put_back(location.path, old)
                raise
    return kept


def repair(location: Location, old: Path, job: Job) -> tuple[str, ...]:
    """Finish or undo what a killed run has left; return notes."""
    is_undone = _put_back(location.path, old)
    forget_doubles(location.path)
    if is_undone or not old.exists() or _is_sound(location, job):
        return ()
    kept = keep(location, old)
    return (f"{location} is damaged, and a restore of it was killed: the copy that it had made is {kept!r}",)


def _put_back(path: Path, old: Path) -> bool:
    """Undo a replacement that did not come to its end; ``False``: there is none."""
    if old.exists() and not path.exists():
        old.rename(path)
    elif old.exists():
        if not path.samefile(old):
            return False
        old.unlink()
    elif path.exists():
        return False
    move_rests(old, path)
    return True


def _set_aside(path: Path, old: Path) -> None:
    try:
        os.link(path, old)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        path.rename(old)
    move_rests(path, old)


def _doubled(
    location: Location, old: Path, fd: int | None, job: Job, *, keep_old: bool
) -> AbstractContextManager[str | None]:
    return doubled(location, old, fd, job) if keep_old else nullcontext()


@contextmanager
def _exclusive(location: Location, job: Job) -> Generator[int]:
    """Lock a file that is no database against SQLite in other processes, as SQLite would.

    Here it is opened as a file: in this process nobody can have it open and use it.
    """
    patience = Patience(location, job, RestoreRefused)
    fd = os.open(location.path, os.O_RDWR | os.O_CLOEXEC)
    try:
        while not _lock(fd):
            patience.check()
            time.sleep(_PAUSE)
        yield fd
    finally:
        os.close(fd)


def _lock(fd: int) -> bool:
    try:
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCK_SIZE, _LOCK_BYTES)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _is_sound(location: Location, job: Job) -> bool:
    """Have SQLite undo what a killed run has half done, and look."""
    patience = Patience(location, job, RestoreRefused)
    try:
        with connect(location.path) as live, watched(live, job):
            row = patiently(lambda: live.execute("PRAGMA quick_check(1)").fetchone(), patience)
            return bool(row[0] == "ok")
    except sqlite3.DatabaseError as error:
        if code_of(error) not in DAMAGED:
            raise
        return False
