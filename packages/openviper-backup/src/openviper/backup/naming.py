"""The names of backup files: ``shop_20260131-235959.tar.gz``, and what may stand in a path.

A second backup in the same second is ``shop_20260131-235959-2.tar.gz``; the sidecar has ``.meta.json`` after all of
it, and what is not finished ``.part``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from os import fspath
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from openviper.backup.errors import InvalidInput

if TYPE_CHECKING:
    from openviper.backup.url import DatabaseURL

__all__ = [
    "PART",
    "SIDECAR",
    "FileName",
    "checked_name",
    "database_name",
    "optional_path",
    "parse_file_name",
    "plain",
    "safe_path",
]

#: What the sidecar's name has after the backup's.
SIDECAR = ".meta.json"
#: What stands after the name of a file that is not finished.
PART = ".part"

_STAMP = "%Y%m%d-%H%M%S"
# Bytes; 255 is what a name may have on disk, and stamp, suffix, extensions, .meta.json and .part come after it.
_LIMIT = 180
_FILE_NAME = re.compile(
    r"""
    (?P<name>.+)_(?P<stamp>[0-9]{8}-[0-9]{6})(?:-(?P<number>[1-9][0-9]{0,8}))?
    (?P<extension>(?:\.tar\.gz|\.sql)(?:\.age)?)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class FileName:
    """What a backup is called.

    Attributes:
        name: The database's, or what the user calls it.
        moment: UTC, to the second.
        extension: ``.tar.gz`` or ``.sql``, each with ``.age`` after it where it is encrypted.
        number: From 2 for further ones in the same second.
    """

    name: str
    moment: datetime
    extension: str
    number: int = 1

    def __str__(self) -> str:
        number = f"-{self.number}" if self.number > 1 else ""
        return f"{self.name}_{self.moment.strftime(_STAMP)}{number}{self.extension}"


def parse_file_name(text: str) -> FileName | None:
    """Take the name of a backup file apart; ``None``: it is not such a name."""
    found = _FILE_NAME.fullmatch(text)
    if found is None:
        return None
    try:
        moment = datetime.strptime(found["stamp"], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return FileName(found["name"], moment, found["extension"], int(found["number"] or 1))


def database_name(url: DatabaseURL, engine: str) -> str:
    """What a database is called in file names: the last part of the URL's path, for SQLite without its suffix.

    Of Oracle without one, its ``service_name``.

    Other characters than letters, digits, ``_``, ``-`` and ``.`` become ``_``.
    """
    last = PurePosixPath((url.database or url.option("service_name") or "").removeprefix("file:"))
    return plain(last.stem if engine == "sqlite" else last.name)


def plain(name: str) -> str:
    """Return a name for file names: other characters than letters, digits, ``_``, ``-`` and ``.`` become ``_``."""
    text = re.sub(r"[^\w.-]", "_", name) or "database"
    return text.encode()[:_LIMIT].decode("utf-8", "ignore")


def checked_name(name: str) -> str:
    """Return the name that a user has chosen.

    Raises:
        InvalidInput: It cannot be part of a file's name.
    """
    if not name or not name.isprintable() or {"/", "\\"} & set(name) or name in (".", ".."):
        raise InvalidInput(f"--name {name!r} cannot be part of a file's name: text without separators is expected")
    if len(name.encode()) > _LIMIT:
        raise InvalidInput(f"--name {name[:20]!r}... is longer than {_LIMIT} bytes, which leaves no room for the rest")
    return name


def safe_path(path: str | Path) -> Path:
    """Return a path, which may lead anywhere, but not by ``..``.

    Raises:
        InvalidInput: It has ``..`` in it, or cannot be a path.
    """
    text = fspath(path)
    if ".." in re.split(r"[/\\]", text):
        raise InvalidInput(f"Path traversal detected: {text!r} has '..' in it; write the path without")
    if not text or "\x00" in text:
        raise InvalidInput(f"{text!r} is not a path")
    return Path(text)


def optional_path(path: str | Path | None) -> Path | None:
    """:func:`safe_path` of what need not be given."""
    return None if path is None else safe_path(path)
