"""The journal and the log beside a database: parts of it, which go where it goes."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["SUFFIXES", "has_rests", "move_rests", "rest_of", "rests_of"]

#: https://www.sqlite.org/tempfiles.html, 2.1 to 2.3; the empty one is the database's own.
SUFFIXES = ("-journal", "-wal", "-shm")


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


def move_rests(path: Path, to: Path) -> None:
    """Give the rests of one database to another."""
    for rest in rests_of(path):
        rest.rename(rest_of(rest, path, to))
