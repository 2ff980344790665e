"""Which files of ``STATIC_ROOT`` were published by an earlier run, with what content, and of which project.

``.collectstatic`` maps each name to the SHA-256 of what was published there. A file that is not in it, or has another
content, is somebody else's: it is neither replaced nor removed.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

from ._outputs import Output
from ._places import shown
from ._staging import STAGING
from .errors import StaticFilesError, naming

__all__ = ["RECORD", "Record", "Recorded", "read_record", "record_output", "refuse_foreign"]

#: The file.
RECORD = ".collectstatic"

#: Name -> SHA-256, in hexadecimal digits, of what was published there; two of them where a run was stopped while it
#: replaced the file.
Record: TypeAlias = Mapping[str, frozenset[str]]

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded."""

    files: Record
    #: The names of those that have collected files there; none: the record is older than these, or they have no names.
    projects: frozenset[str] = frozenset()


def read_record(root: Path) -> Recorded | None:
    """Return what is recorded; ``None``: there is no record.

    Raises:
        StaticFilesError: It cannot be read, or is none.
    """
    path = root / RECORD
    if not os.path.lexists(path):
        return None
    try:
        with naming(f"{shown(path)} cannot be read"):
            if not stat.S_ISREG(path.lstat().st_mode):
                raise ValueError("it is no regular file")
            content: object = json.loads(path.read_bytes())
        return _recorded(content)
    except (ValueError, RecursionError) as error:
        if isinstance(error, StaticFilesError):
            raise
        raise StaticFilesError(
            f"{shown(path)} is no record of the files that collectstatic has put there ({error}); remove it if it is "
            "not needed: the files beside it then count as somebody else's"
        ) from error


def record_output(recorded: Recorded) -> Output:
    """Return the file that :func:`read_record` reads."""
    files = {name: sorted(digests) for name, digests in sorted(recorded.files.items())}
    content = json.dumps({"projects": sorted(recorded.projects), "files": files}, indent=0)
    return Output(RECORD, "", Path(RECORD), content=content.encode("ascii") + b"\n")


def refuse_foreign(root: Path, recorded: Recorded | None, project: str) -> None:
    """Refuse to clear a folder that holds files of which nobody knows who put them there, or another project's.

    Raises:
        StaticFilesError: It has no record and is not empty, or the record names another project than ``project``.
    """
    if recorded is None and root.is_dir() and not all(each.name.startswith(STAGING) for each in root.iterdir()):
        raise StaticFilesError(
            f"STATIC_ROOT={shown(root)} is not empty and holds no record ({RECORD}) of an earlier collectstatic, so "
            "--clear cannot tell which files are its own; collect without --clear, or empty the folder yourself"
        )
    if recorded is not None and (others := recorded.projects - {project}):
        own = json.dumps([project] if project else [])
        raise StaticFilesError(
            f"STATIC_ROOT={shown(root)} holds files of another project, {shown(', '.join(sorted(others)))}, so --clear "
            "removes nothing; give each project a STATIC_ROOT of its own, or, where all of them are this project's, "
            f'say so in {RECORD} there: "projects": {own}'
        )


def _recorded(content: object) -> Recorded:
    if not isinstance(content, dict):
        raise ValueError(f"it holds {type(content).__name__}")
    entries = cast("dict[str, object]", content)
    # An older record is the files alone, each with a list.
    if not isinstance(entries.get("files"), dict):
        return Recorded(_checked(entries))
    projects = entries.get("projects")
    names = cast("list[object]", projects) if isinstance(projects, list) else [None]
    if not all(isinstance(each, str) for each in names):
        raise ValueError(f'"projects" is {projects!r}, no list of names')
    return Recorded(_checked(cast("dict[str, object]", entries["files"])), frozenset(cast("list[str]", names)))


def _checked(entries: Mapping[str, object]) -> Record:
    """Names that lead nowhere else, with digests: the file may have been written by anybody."""
    for name in entries:
        if any(part in ("", ".", "..") or "\0" in part for part in name.split("/")):
            raise ValueError(f"{name!r} is no name of a file there")
    return {name: frozenset(_digests(name, given)) for name, given in entries.items()}


def _digests(name: str, given: object) -> Iterable[str]:
    digests = cast("list[object]", given) if isinstance(given, list) else []
    if not digests or not all(isinstance(each, str) and _DIGEST.fullmatch(each) for each in digests):
        raise ValueError(f"{name!r} has no SHA-256")
    return cast("list[str]", digests)
