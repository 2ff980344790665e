"""Backups that stand in a bucket: ``s3://bucket/prefix``, by the extra ``s3``.

A backup is made and read back in a temporary folder (``TMPDIR``), then sent with checksums and verified there, and its
sidecar follows. To restore, it comes to a temporary folder first, and is a backup like any other there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._durable import check_room, create_new, disk_errors, write_all
from openviper.backup._s3.client import S3
from openviper.backup._s3.location import Location, parse_location
from openviper.backup._s3.reading import look, pieces
from openviper.backup._s3.uploading import Uploaded, free_name, upload
from openviper.backup._staging import staging_folder
from openviper.backup._writing.making import Made, Order, make_backup
from openviper.backup.errors import BackupError, BackupFileNotFound
from openviper.backup.naming import SIDECAR, safe_path

if TYPE_CHECKING:
    from openviper.backup._s3.reading import StoredObject
    from openviper.backup.job import Job

__all__ = ["lasting", "make_remote_backup", "nearby", "shown"]


def make_remote_backup(order: Callable[[Path], Order], folder: Location, job: Job) -> tuple[Made, Uploaded]:
    """Make a backup, and put it into a bucket; where this raises, nothing of it remains.

    Args:
        order: Returns what is to be made in a folder.

    Raises:
        BackupError: Of whatever kind.
    """
    with closing(S3()) as s3, staging_folder() as staging:
        ordered = order(staging)
        job.step("look")
        name = free_name(s3, folder, ordered.name, job)
        made = make_backup(replace(ordered, name=name), job)
        with disk_errors(f"What is to be sent to '{folder}' cannot be read"):
            return made, upload(s3, folder, made.file, made.sidecar, name, job)


@contextmanager
def nearby(file: str | Path, job: Job) -> Generator[Path]:
    """Have a backup as a file of this machine: itself, or a copy of the one in a bucket, with its sidecar.

    The copy goes at the end, and errors name the one in the bucket.

    Raises:
        BackupFileNotFound: There is none in the bucket.
        StorageFailed: It cannot be read.
        NotEnoughSpace: The disk has no room for it.
        Interrupted: The job says so.
    """
    location = parse_location(file)
    if location is None:
        yield safe_path(file)
        return
    with staging_folder() as folder:
        try:
            yield _fetched(location, folder, job)
        except BackupError as error:
            error.args = (str(error).replace(f"{folder}/{location.name}", str(location)), *error.args[1:])
            raise


def shown(file: str | Path) -> Path | str:
    """Return what a result says of the backup: its path, or its URL."""
    location = parse_location(file)
    return safe_path(file) if location is None else str(location)


def lasting(file: str | Path) -> Path:
    """Return the path beside which a file stands that outlasts a restore.

    It is the backup's own; of one in a bucket, which comes to a temporary folder, its name in the current folder.
    """
    location = parse_location(file)
    return safe_path(file) if location is None else Path.cwd() / location.name


def _fetched(location: Location, folder: Path, job: Job) -> Path:
    with closing(S3()) as s3:
        found = look(s3, location, job) if location.key else None
        if found is None:
            raise BackupFileNotFound(f"Backup file not found: '{location}'")
        path = folder / location.name
        _fetch(s3, location, found, path, job)
        beside = location.beside(SIDECAR)
        sidecar = look(s3, beside, job)
        if sidecar is not None:
            _fetch(s3, beside, sidecar, folder / beside.name, job)
        else:
            _fetch_rests(s3, location, folder, job)
    return path


def _fetch_rests(s3: S3, location: Location, folder: Path, job: Job) -> None:
    """Have what SQLite may have left beside a file that is not ours: it is looked for there."""
    for suffix in ("-wal", "-journal"):
        rest = location.beside(suffix)
        found = look(s3, rest, job)
        if found is not None:
            _fetch(s3, rest, found, folder / rest.name, job)


def _fetch(s3: S3, location: Location, found: StoredObject, path: Path, job: Job) -> None:
    job.step("download", found.size)
    with disk_errors(f"The copy of '{location}' cannot be written (TMPDIR)"):
        check_room(path.parent, found.size, f"The copy of '{location}' needs")
        with os.fdopen(create_new(path), "wb", 0) as file:
            for data in pieces(s3, location, found, job, step="download"):
                write_all(file.write, data)
