"""The backups that a folder holds."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup.archive import HashingFile, has_end
from openviper.backup.errors import BackupError, InvalidArchive, InvalidInput
from openviper.backup.naming import SIDECAR, FileName, parse_file_name
from openviper.backup.sidecar import Sidecar, read_sidecar, sidecar_path

if TYPE_CHECKING:
    from openviper.backup.job import Job

__all__ = ["StoredBackup", "damage", "nothing_of", "shortened", "stored_backups"]

_PIECE = 1 << 20
# What the clocks of two machines may differ by.
_AHEAD = timedelta(hours=1)
# Names that a message lists.
_MAX_NAMES = 10
_GONE = "It is gone, and its sidecar is left: it was removed by hand, or lost"
_LINK = "It is a symbolic link, which is not followed here"


@dataclass(frozen=True, slots=True)
class StoredBackup:
    """A backup in a folder, as far as its name, its sidecar and its last bytes tell; it was not read to its end.

    Attributes:
        name: What it is of: the database's name, or what was given instead.
        moment: When it was begun; UTC.
        number: From 2 for further ones of the same second.
        bytes: Of the file.
        sidecar: ``None``: it has none that could be read.
        problem: Why it cannot be counted on; ``None``: it is complete, by its sidecar and its end.
        notes: Of the newest: sentences for the user.
    """

    file: Path
    name: str
    moment: datetime
    number: int
    bytes: int
    sidecar: Sidecar | None
    problem: str | None
    notes: tuple[str, ...] = ()


def stored_backups(folder: Path) -> list[StoredBackup]:
    """Return the backups of a folder, the newest first; a file without a time in its name is none.

    Raises:
        InvalidInput: There is no such folder.
        BackupError: It cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            # Of one that is gone, its sidecar still tells.
            names = sorted({entry.name.removesuffix(SIDECAR) for entry in entries})
        found = [backup for name in names if (backup := _stored(folder, name)) is not None]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InvalidInput(f"{str(folder)!r} is not a folder: no backups are there") from error
    except OSError as error:
        raise BackupError(f"{str(folder)!r} cannot be read: {error.strerror}") from error
    return sorted(found, key=lambda each: (each.moment, each.number, each.name), reverse=True)


def damage(backup: StoredBackup, job: Job) -> str | None:
    """Read a backup, and return why it is not good by its checksum; ``None``: it is.

    Raises:
        Interrupted: The job says so.
    """
    if backup.problem is not None or backup.sidecar is None:
        return backup.problem
    try:
        digest = _digest(backup, job)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None if digest == backup.sidecar.checksum else "is not what its sidecar says: it was changed, or is torn"


def nothing_of(name: str, folder: str | Path, found: Iterable[StoredBackup]) -> str:
    """Say that a folder has no backups of a name, and of which others it has some."""
    others = shortened(sorted({each.name for each in found}))
    return f"No backups of {name!r} are in {str(folder)!r}" + (f"; there are some of {others}" if others else "")


def shortened(names: Sequence[str]) -> str:
    """Return names as a message lists them."""
    more = f", and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(map(repr, names[:_MAX_NAMES])) + more


def _digest(backup: StoredBackup, job: Job) -> str:
    with backup.file.open("rb", buffering=0) as file:
        hashing = HashingFile(file)
        while hashing.read(_PIECE):
            job.progress("check", hashing.done, backup.bytes)
    return hashing.hexdigest()


def _stored(folder: Path, name: str) -> StoredBackup | None:
    parsed = parse_file_name(name)
    if parsed is None:
        return None
    file = folder / name
    try:
        status = file.lstat()
    except FileNotFoundError:
        # Somebody prunes at the same time, and takes the sidecar away next.
        return _described(file, parsed, 0, _GONE) if sidecar_path(file).exists() else None
    if stat.S_ISLNK(status.st_mode):
        return _described(file, parsed, 0, _LINK)
    return _described(file, parsed, status.st_size) if stat.S_ISREG(status.st_mode) else None


def _described(file: Path, parsed: FileName, size: int, obstacle: str | None = None) -> StoredBackup:
    problem = sidecar = None
    try:
        sidecar = read_sidecar(file)
    except InvalidArchive as error:
        problem = str(error)
    else:
        problem = _problem(file, parsed, size, sidecar)
    return StoredBackup(file, parsed.name, parsed.moment, parsed.number, size, sidecar, obstacle or problem)


def _problem(file: Path, parsed: FileName, size: int, sidecar: Sidecar | None) -> str | None:
    if sidecar is None:
        return "It has no sidecar: it was not finished, or was made elsewhere"
    if sidecar.filename != file.name:
        return f"Its sidecar is of {sidecar.filename[:100]!r}"
    if parsed.moment > datetime.now(UTC) + _AHEAD:
        # It would pass for the newest until then, and each newer one would be pruned in its favour.
        return "Its time is in the future: a clock is or was wrong"
    return _tear(file, size, sidecar)


def _tear(file: Path, size: int, sidecar: Sidecar) -> str | None:
    """Return what its size and its last bytes tell; of an encrypted one, whether there is anything."""
    if not size:
        return "It is empty"
    if sidecar.encryption is not None or sidecar.dump_bytes is None:
        return None
    try:
        if has_end(file, sidecar.dump_bytes, compressed=sidecar.compression is not None):
            return None
    except OSError as error:
        return f"It cannot be read: {error.strerror}"
    return "It is torn, or was changed: it does not end as its sidecar says"
