"""Which files of ``STATIC_ROOT`` an earlier run has put there: the only ones that ``--clear`` may remove."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import cast

from ._outputs import Output
from ._places import shown
from ._staging import STAGING
from .errors import StaticFilesError, naming

__all__ = ["RECORD", "own_files", "read_record", "record_output", "refuse_foreign", "remove_files"]

#: The file that holds their names.
RECORD = ".collectstatic"


def read_record(root: Path) -> frozenset[str] | None:
    """Return the names; ``None``: there is no record.

    Raises:
        StaticFilesError: It cannot be read, or is none.
    """
    path = root / RECORD
    if not path.is_file():
        return None
    try:
        with naming(f"{shown(path)} cannot be read"):
            names: object = json.loads(path.read_bytes())
        return frozenset(_checked(names))
    except (ValueError, RecursionError) as error:
        if isinstance(error, StaticFilesError):
            raise
        raise StaticFilesError(
            f"{shown(path)} is no list of the files that collectstatic has put there ({error}); remove it if it is not "
            "needed: the files beside it then count as somebody else's"
        ) from error


def record_output(names: Iterable[str]) -> Output:
    """Return the file that :func:`read_record` reads."""
    return Output(RECORD, "", Path(RECORD), content=json.dumps(sorted(names), indent=0).encode("ascii") + b"\n")


def refuse_foreign(root: Path, record: frozenset[str] | None) -> None:
    """Refuse to clear a folder that holds files of which nobody knows who put them there.

    Raises:
        StaticFilesError: It has no record and is not empty.
    """
    if record is None and root.is_dir() and any(each.name != STAGING for each in root.iterdir()):
        raise StaticFilesError(
            f"STATIC_ROOT={shown(root)} is not empty and holds no record ({RECORD}) of an earlier collectstatic, so "
            "--clear cannot tell which files are its own; collect without --clear, or empty the folder yourself"
        )


def own_files(root: Path, names: Iterable[str]) -> list[str]:
    """Return those of ``names`` that are there, sorted; none that a link to a folder leads to."""
    return sorted(name for name in names if _is_own_file(root, name))


def remove_files(root: Path, names: Iterable[str]) -> None:
    """Remove files, and the folders that get empty by it.

    Raises:
        StaticFilesError: One cannot be removed.
    """
    for name in names:
        path = root / name
        with naming(f"{shown(path)} cannot be removed"):
            path.unlink(missing_ok=True)
        # One that is not empty stays, and so do those above it.
        with suppress(OSError):
            for folder in list(path.parents)[: len(PurePosixPath(name).parts) - 1]:
                folder.rmdir()


def _is_own_file(root: Path, name: str) -> bool:
    *folders, _ = PurePosixPath(name).parts
    path = root
    for part in folders:
        path /= part
        if path.is_symlink() or not path.is_dir():
            return False
    with suppress(OSError):
        return not stat.S_ISDIR(os.lstat(root / name).st_mode)
    return False


def _checked(names: object) -> list[str]:
    """Names that lead nowhere else: the file may have been written by anybody."""
    if not isinstance(names, list):
        raise ValueError(f"it holds {type(names).__name__}")
    for name in cast("list[object]", names):
        parts = name.split("/") if isinstance(name, str) else [""]
        if any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise ValueError(f"{name!r} is no name of a file there")
    return cast("list[str]", names)
