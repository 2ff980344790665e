"""The backups that a folder holds."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup.errors import BackupError, InvalidArchive, InvalidInput
from openviper.backup.naming import FileName, parse_file_name
from openviper.backup.sidecar import Sidecar, read_sidecar

if TYPE_CHECKING:
    from openviper.backup.job import Job

__all__ = ["StoredBackup", "has_its_checksum", "stored_backups"]

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredBackup:
    """A backup in a folder, as far as its name and its sidecar tell; its content was not read.

    Attributes:
        name: What it is of: the database's name, or what was given instead.
        moment: When it was begun; UTC.
        number: From 2 for further ones of the same second.
        bytes: Of the file.
        sidecar: ``None``: it has none that could be read.
        problem: Why it cannot be counted on; ``None``: it is complete, by its sidecar.
    """

    file: Path
    name: str
    moment: datetime
    number: int
    bytes: int
    sidecar: Sidecar | None
    problem: str | None


def stored_backups(folder: Path) -> list[StoredBackup]:
    """Return the backups of a folder, the newest first; other files are nobody's business.

    Raises:
        InvalidInput: There is no such folder.
        BackupError: It cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InvalidInput(f"{str(folder)!r} is no folder: no backups are there") from error
    except OSError as error:
        raise BackupError(f"{str(folder)!r} cannot be read: {error.strerror}") from error
    found = [backup for name in names if (backup := _stored(folder, name)) is not None]
    return sorted(found, key=lambda each: (each.moment, each.number, each.name), reverse=True)


def has_its_checksum(backup: StoredBackup, job: Job) -> bool:
    """Read a backup, and tell whether it is what its sidecar says.

    Raises:
        Interrupted: The job says so.
    """
    if backup.problem is not None or backup.sidecar is None:
        return False
    digest, done = hashlib.sha256(), 0
    with suppress(OSError), backup.file.open("rb", buffering=0) as file:
        while data := file.read(_PIECE):
            digest.update(data)
            done += len(data)
            job.progress("check", done, backup.bytes)
        return digest.hexdigest() == backup.sidecar.checksum
    return False


def _stored(folder: Path, name: str) -> StoredBackup | None:
    parsed = parse_file_name(name)
    if parsed is None:
        return None
    file = folder / name
    try:
        found = file.lstat()
    except FileNotFoundError:
        # Somebody prunes at the same time.
        return None
    return _described(file, parsed, found.st_size) if stat.S_ISREG(found.st_mode) else None


def _described(file: Path, parsed: FileName, size: int) -> StoredBackup:
    problem = sidecar = None
    try:
        sidecar = read_sidecar(file)
    except InvalidArchive as error:
        problem = str(error)
    else:
        problem = _problem(file, sidecar)
    return StoredBackup(file, parsed.name, parsed.moment, parsed.number, size, sidecar, problem)


def _problem(file: Path, sidecar: Sidecar | None) -> str | None:
    if sidecar is None:
        return "It has no sidecar: it was not finished, or was made elsewhere"
    if sidecar.filename != file.name:
        return f"Its sidecar is of {sidecar.filename[:100]!r}"
    return None
