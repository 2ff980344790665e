"""Backups in a folder, as far as a list of them sees: their names, their sidecars, and some bytes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from openviper.backup.sidecar import Sidecar, sidecar_path

#: When the newest was begun, where nothing else is said.
NOW = datetime(2024, 6, 1, 3, 0, tzinfo=UTC)


def put(
    folder: Path,
    days: int = 0,
    *,
    name="shop",
    engine="sqlite",
    source="/srv/shop.db",
    extension=".tar.gz",
    moment=NOW,
) -> str:
    """Put a backup of some days ago, or before another moment, into a folder; return its file's name."""
    moment -= timedelta(days=days)
    file = folder / f"{name}_{moment:%Y%m%d-%H%M%S}{extension}"
    file.write_bytes(b"backup")
    digest = hashlib.sha256(b"backup").hexdigest()
    sidecar_path(file).write_bytes(Sidecar(name, engine, moment, file.name, "1", digest, source=source).to_json())
    return file.name


def names(backups) -> list[str]:
    """What the files of backups are called."""
    return [each.file.name for each in backups]
