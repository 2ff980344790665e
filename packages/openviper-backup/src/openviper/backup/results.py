"""What a backup, a restore and a verification tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["BackupResult", "RestoreResult", "VerifyResult"]


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A backup that is whole, published, and was read back.

    Attributes:
        location: Its path, or the URL of the object where it went to a bucket.
        sidecar: Likewise of ``<archive>.meta.json``.
        engine: ``sqlite``, ``postgres``, ``mariadb``, ``oracle`` or ``mssql``.
        database_name: As in the file's name.
        dump_bytes: Of the dump, uncompressed.
        bytes: Of the file.
        checksum: SHA-256 of the file, hexadecimal.
        seconds: From the first look at the database to the sidecar's place in the folder.
        row_counts: Rows of each table in the dump's own snapshot, by qualified name; ``None`` where not asked for.
        notes: Sentences for the user: what is not in it, what was worked around.
    """

    location: str
    sidecar: str
    engine: str
    database_name: str
    dump_bytes: int
    bytes: int
    checksum: str
    seconds: float
    row_counts: Mapping[str, int] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """A restore that is finished: the target holds what the backup holds.

    Attributes:
        file: The backup; of one in a bucket, its URL.
        target: The database's URL without its password.
        engine: As in :class:`BackupResult`.
        dump_bytes: Of the dump, uncompressed.
        seconds: For all of it.
        row_counts: What was counted when the backup was made, by qualified name; ``None`` where it was not, or where
            nothing proves that the file is that backup.
        kept: What of the old data was kept, and where: a file, a database, a schema.
        notes: Sentences for the user.
    """

    file: Path | str
    target: str
    engine: str
    dump_bytes: int
    seconds: float
    row_counts: Mapping[str, int] | None = None
    kept: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """A backup that could be restored into a place of its own, which is gone again.

    Attributes:
        file: The backup; of one in a bucket, its URL.
        engine: As in :class:`BackupResult`.
        dump_bytes: Of the dump, uncompressed.
        seconds: For all of it.
        row_counts: What the restored tables hold, by qualified name.
        compared: Whether the backup had recorded counts, which all agree.
        notes: Sentences for the user.
    """

    file: Path | str
    engine: str
    dump_bytes: int
    seconds: float
    row_counts: Mapping[str, int]
    compared: bool
    notes: tuple[str, ...] = ()
