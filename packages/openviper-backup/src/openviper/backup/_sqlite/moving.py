"""The files of databases moved to other names: beside the live one, in its place, and back."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._durable import sync_folder
from openviper.backup._sqlite.connection import DAMAGED, Patience, code_of, connect, patiently, watched
from openviper.backup.errors import RestoreRefused

if TYPE_CHECKING:
    from openviper.backup._sqlite.location import Location
    from openviper.backup.job import Job

__all__ = ["has_rests", "keep", "place", "repair", "replace"]

_RESTS = ("-journal", "-wal", "-shm")
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
# All bytes by which SQLite locks a file: https://www.sqlite.org/fileformat.html, 1.3 (the lock-byte page).
_LOCK_BYTES, _LOCK_SIZE = 0x40000000, 512
_PAUSE = 0.05


def has_rests(path: Path) -> bool:
    """Tell whether a journal or a log with something in it stands where a database should."""
    return any(rest.stat().st_size for rest in _rests(path))


def place(location: Location, new: Path, old: Path, job: Job) -> bool:
    """Give a database the name of one that is not there; ``False``: there is one now.

    A journal or log that is left of another database would be taken for its own: they become those of ``old``.
    """
    job.step("place")
    _move_rests(location.path, old)
    try:
        _link(new, location.path)
    except FileExistsError:
        _move_rests(old, location.path)
        return False
    except BaseException:
        _move_rests(old, location.path)
        raise
    sync_folder(location.path.parent)
    return True


def replace(location: Location, new: Path, old: Path, job: Job) -> None:
    """Put a database in the place of a damaged one, which becomes ``old`` with its journal and log.

    Raises:
        RestoreRefused: Another program uses it.
    """
    with _exclusive(location, job):
        job.step("replace")
        _resemble(new, location.path)
        old.unlink(missing_ok=True)
        try:
            _set_aside(location.path, old)
            job.step("move")
            new.replace(location.path)
        except BaseException:
            _put_back(location.path, old)
            raise
    sync_folder(location.path.parent)


def keep(location: Location, old: Path) -> str | None:
    """Give what is left of the old database a name beside the new one, and return it; ``None``: nothing is."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    number, name = 1, f"{location.path.name}.before-restore-{stamp}"
    kept = location.path.with_name(name)
    while any(os.path.lexists(f"{kept}{rest}") for rest in ("", *_RESTS)):
        number += 1
        kept = location.path.with_name(f"{name}-{number}")
    names = [kept] if old.exists() else []
    names += [kept.with_name(kept.name + rest.name.removeprefix(old.name)) for rest in _rests(old)]
    if not names:
        return None
    if old.exists():
        if location.path.exists():
            _resemble(old, location.path)
        old.rename(kept)
    _move_rests(old, kept)
    sync_folder(kept.parent)
    return str(names[0])


def repair(location: Location, old: Path, job: Job) -> tuple[str, ...]:
    """Finish or undo what a killed run has left; return notes."""
    if _put_back(location.path, old) or not old.exists() or _is_sound(location, job):
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
    _move_rests(old, path)
    return True


def _set_aside(path: Path, old: Path) -> None:
    try:
        os.link(path, old)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        path.rename(old)
    _move_rests(path, old)


def _rests(path: Path) -> list[Path]:
    found = [path.with_name(path.name + suffix) for suffix in _RESTS]
    return [each for each in found if os.path.lexists(each)]


def _move_rests(path: Path, to: Path) -> None:
    for rest in _rests(path):
        rest.rename(to.with_name(to.name + rest.name.removeprefix(path.name)))


def _link(source: Path, target: Path) -> None:
    """Rename without overwriting."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        source.rename(target)


def _resemble(path: Path, model: Path) -> None:
    """Give a file the mode of another, and its owner where this process may."""
    status = model.stat()
    with suppress(PermissionError):
        os.chown(path, status.st_uid, status.st_gid)
    path.chmod(status.st_mode & 0o7777)


@contextmanager
def _exclusive(location: Location, job: Job) -> Generator[None]:
    """Lock a file that is no database against SQLite in other processes, as SQLite would.

    Here it is opened as a file: in this process nobody can have it open and use it.
    """
    patience = Patience(location, job, RestoreRefused)
    fd = os.open(location.path, os.O_RDWR | os.O_CLOEXEC)
    try:
        while not _lock(fd):
            patience.check()
            time.sleep(_PAUSE)
        yield
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
