"""The journal and the log beside a database: parts of it, which go where it goes."""

from __future__ import annotations

import os
from pathlib import Path

from openviper.backup.errors import InvalidArchive
from openviper.backup.sidecar import sidecar_path

__all__ = ["SUFFIXES", "check_alone", "has_rests", "is_cut", "move_rests", "rest_of", "rests_of"]

#: https://www.sqlite.org/tempfiles.html, 2.1 to 2.3; the empty one is the database's own.
SUFFIXES = ("-journal", "-wal", "-shm")

_BESIDE = "{!r} is not all of its database: {!r} beside it holds {}; back it up by backup-db, and restore that"


def rests_of(path: Path) -> list[Path]:
    """Those that are there."""
    found = [path.with_name(path.name + suffix) for suffix in SUFFIXES]
    return [each for each in found if os.path.lexists(each)]


def rest_of(rest: Path, path: Path, other: Path) -> Path:
    """What ``rest`` of the database ``path`` would be called beside another."""
    return other.with_name(other.name + rest.name.removeprefix(path.name))


def has_rests(path: Path) -> bool:
    """Tell whether a journal or a log with something in it stands where a database should."""
    return any(rest.stat().st_size for rest in rests_of(path))


def is_cut(path: Path) -> bool:
    """Tell whether a database's file is empty and its log is not, which SQLite would remove without a word."""
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size == 0 and log.exists() and log.stat().st_size > 0


def move_rests(path: Path, to: Path) -> None:
    """Give the rests of one database to another."""
    for rest in rests_of(path):
        rest.rename(rest_of(rest, path, to))


def check_alone(file: Path) -> None:
    """Make sure that all of a database file that is restored from stands in it.

    Raises:
        InvalidArchive: Its log has more, or a program was killed that was writing to it. One with a sidecar was
            written by us, and is whole by itself.
    """
    path = file.resolve()
    if sidecar_path(file).exists() or sidecar_path(path).exists():
        return
    for rest in rests_of(path):
        if rest.name.endswith("-wal") and rest.stat().st_size:
            raise InvalidArchive(_BESIDE.format(str(file), rest.name, "what was written last"))
        if rest.name.endswith("-journal") and _is_hot(rest):
            raise InvalidArchive(_BESIDE.format(str(file), rest.name, "what undoes a write that was not finished"))


def _is_hot(journal: Path) -> bool:
    """Tell whether a journal is to be rolled back: https://www.sqlite.org/fileformat.html, 3."""
    with journal.open("rb") as file:
        return file.read(1) not in (b"", b"\x00")
