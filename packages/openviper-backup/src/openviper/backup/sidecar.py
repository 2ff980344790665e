"""What stands beside a backup, in ``<archive>.meta.json``: what it is of, when it was made, and its checksum.

It is written last: a backup that has one is complete.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import cast

from openviper.backup.errors import InvalidArchive
from openviper.backup.naming import SIDECAR

__all__ = ["Sidecar", "installed_version", "read_sidecar", "sidecar_path"]

# The counts of 100,000 tables fit.
_LIMIT = 16 << 20


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The facts of one backup.

    Attributes:
        db_engine: ``sqlite``, ``postgres``, ``mariadb``, ``oracle``, ``mssql``, or another engine's name.
        timestamp: When the backup was begun; with a time zone.
        checksum: SHA-256 of the file, 64 hexadecimal digits in lower case.
        dump_bytes: Of the dump, uncompressed; ``None`` where the backup was made by an older version.
        row_counts: By qualified table name, where they were asked for.
        compression: ``gzip``, or ``None``.
        encryption: ``age``, or ``None``.
        source: Where the database is, of :func:`~openviper.backup._source.source_of`; ``None`` as for ``dump_bytes``.
    """

    database_name: str
    db_engine: str
    timestamp: datetime
    filename: str
    openviper_version: str
    checksum: str
    dump_bytes: int | None = None
    row_counts: Mapping[str, int] | None = None
    compression: str | None = None
    encryption: str | None = None
    source: str | None = None

    def to_json(self) -> bytes:
        """JSON text, UTF-8, with a newline at its end."""
        fields = asdict(self) | {"timestamp": self.timestamp.isoformat(timespec="seconds")}
        return (json.dumps(fields, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def sidecar_path(file: Path) -> Path:
    """Where the sidecar of a backup file stands."""
    return file.with_name(file.name + SIDECAR)


def installed_version() -> str:
    """The version of OpenViper, or that of this package where it is used alone."""
    for distribution in ("openviper", "openviper-backup"):
        try:
            return version(distribution)
        except PackageNotFoundError:
            continue
    return "unknown"


def read_sidecar(file: Path) -> Sidecar | None:
    """Read the sidecar of a backup file; ``None``: there is none.

    Raises:
        InvalidArchive: There is one, and it cannot be read or is not one.
    """
    path = sidecar_path(file)
    try:
        data = _read(path)
        return None if data is None else _parse(data)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        message = f"The sidecar {str(path)!r} cannot be read: {reason}; without it, the backup cannot be checked"
        raise InvalidArchive(message) from error


def _read(path: Path) -> bytes | None:
    try:
        # A FIFO would wait for its other end.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise ValueError("it is not a regular file")
        data = file.read(_LIMIT + 1)
    if len(data) > _LIMIT:
        raise ValueError(f"it is larger than {_LIMIT >> 20} MiB")
    return data


def _parse(data: bytes) -> Sidecar:
    fields = _fields(data)
    return Sidecar(
        database_name=_text(fields, "database_name"),
        db_engine=_text(fields, "db_engine"),
        timestamp=_moment(_text(fields, "timestamp")),
        filename=_text(fields, "filename"),
        openviper_version=_text(fields, "openviper_version"),
        checksum=_checksum(_text(fields, "checksum")),
        dump_bytes=_count("dump_bytes", fields["dump_bytes"]) if _has(fields, "dump_bytes") else None,
        row_counts=_row_counts(fields["row_counts"]) if _has(fields, "row_counts") else None,
        compression=_optional(fields, "compression"),
        encryption=_optional(fields, "encryption"),
        source=_optional(fields, "source"),
    )


def _fields(data: bytes) -> dict[str, object]:
    try:
        found: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")
    return cast("dict[str, object]", found)


def _has(fields: Mapping[str, object], name: str) -> bool:
    return fields.get(name) is not None


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing or not text")
    return value


def _optional(fields: Mapping[str, object], name: str) -> str | None:
    return _text(fields, name) if _has(fields, name) else None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"timestamp {text[:40]!r} is not a date and time of ISO 8601") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _checksum(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Fa-f]{64}", text):
        raise ValueError("checksum is not a SHA-256: 64 hexadecimal digits")
    return text.lower()


def _count(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} is not a number of 0 or more")
    return value


def _row_counts(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        raise ValueError("row_counts is not a JSON object")
    counts = cast("dict[str, object]", value)
    return {table: _count("a count of rows", count) for table, count in counts.items()}
