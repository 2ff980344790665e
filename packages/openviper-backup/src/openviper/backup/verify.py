"""Restore a backup to nowhere: into a place of its own, which is gone again when it was looked at.

::

    result = await verify_backup("/srv/backups/shop_20260131-235959.tar.gz", "postgresql://ada:secret@db.example/shop")
    result.row_counts   # {"public.orders": 41_250, ...}
    result.compared     # the backup had recorded its counts, and they are these
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._options import check_options
from openviper.backup._restoring.loading import Loaded, check_engine, load
from openviper.backup._restoring.opening import open_anywhere
from openviper.backup._restoring.passes import first_bytes
from openviper.backup._restoring.readable import readable
from openviper.backup.engines import get_engine, identify
from openviper.backup.engines.base import RestoreOptions
from openviper.backup.errors import InvalidArchive, InvalidInput
from openviper.backup.job import Job, OnProgress, run_job
from openviper.backup.results import VerifyResult
from openviper.backup.storage import shown
from openviper.backup.url import DatabaseURL, parse_url

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from openviper.backup._restoring.opening import OpenedBackup
    from openviper.backup.engines.base import BackupEngine, RestoreTarget

__all__ = ["verify_backup"]

# Tables that a message names.
_MAX_TABLES = 10


async def verify_backup(  # noqa: PLR0913 - the options of the command
    file: str | Path,
    url: str | Callable[[], str] | None = None,
    *,
    skip_checksum: bool = False,
    identity_file: str | Path | None = None,
    timeout: float | None = None,  # noqa: ASYNC109 - the work must take away what it has made first
    on_progress: OnProgress | None = None,
    verify_trailer: bool = True,
    maintenance_db: str | None = None,
    no_owner: bool = False,
    no_acl: bool = False,
    skip_definer: bool = False,
) -> VerifyResult:
    """Load a backup into a scratch database, count its rows, and drop it again.

    Args:
        file: A ``.tar.gz`` or ``.sql``, or one of them encrypted with age; also ``s3://bucket/key`` (the extra ``s3``).
        url: A database on the server where the scratch one is made; nothing in it is touched. ``None``: for SQLite, in
            a folder beside the backup, else in ``TMPDIR``. A function is asked where the backup is not of SQLite.
        skip_checksum: Go on where the file is not as its sidecar says.
        identity_file, verify_trailer, maintenance_db, no_owner, no_acl, skip_definer: As in
            :func:`~openviper.backup.restore.restore_database`.
        timeout: Seconds for all of it.
        on_progress: Told of each step, from another thread, and in it about every 256 KiB.

    Raises:
        InvalidInput: An argument is refused, or the backup needs a server and ``url`` is ``None``.
        InvalidArchive: The file is torn, was changed, is not a backup, or has other counts than were recorded.
        RestoreRefused: The backup is of another engine than ``url``, or this role may not create a database.
        ToolMissing, ToolFailed: The database's own programs cannot load it.
        StorageFailed: The bucket cannot be reached, or refuses.
        NotEnoughSpace: The disk would not hold it.
        Interrupted: The time is over.
    """

    options = RestoreOptions(
        file=Path(),
        verify_trailer=verify_trailer,
        maintenance_db=maintenance_db,
        no_owner=no_owner,
        no_acl=no_acl,
        skip_definer=skip_definer,
    )

    def work(job: Job) -> VerifyResult:
        opened = open_anywhere(file, job, skip_checksum=skip_checksum, identity_file=identity_file)
        return _verify(opened, file, url, options, job)

    return await run_job(work, Job(timeout, on_progress))


def _verify(
    opened: AbstractContextManager[OpenedBackup],
    file: str | Path,
    url: str | Callable[[], str] | None,
    options: RestoreOptions,
    job: Job,
) -> VerifyResult:
    began = time.monotonic()
    with opened as backup:
        engine, near = _place(backup, url, job)
        check_engine(backup, engine, job)
        check_options(engine, options)
        options = replace(options, file=backup.path)
        loaded, counts = _counted(backup, engine, engine.scratch(near, options, job), job)
        compared = _compare(backup, counts)
    return VerifyResult(
        file=shown(file),
        engine=engine.name,
        dump_bytes=loaded.content.size,
        seconds=time.monotonic() - began,
        row_counts=counts,
        compared=compared,
        notes=loaded.notes if compared else (*loaded.notes, "No row counts were recorded to compare with"),
    )


def _counted(
    backup: OpenedBackup, engine: BackupEngine, place: AbstractContextManager[RestoreTarget], job: Job
) -> tuple[Loaded, Mapping[str, int]]:
    with place as scratch:
        scratch.preflight()
        loaded = load(backup, engine, scratch, job)
        job.step("count")
        return loaded, scratch.count_rows()


def _place(backup: OpenedBackup, url: str | Callable[[], str] | None, job: Job) -> tuple[BackupEngine, DatabaseURL]:
    """Return near which database the scratch one is made; the backup says whether one is needed."""
    if isinstance(url, str):
        near = parse_url(url)
        return get_engine(near.scheme), near
    engine = _engine_of(backup, job)
    if engine is not None and engine.name == "sqlite":
        return engine, DatabaseURL("sqlite", str(backup.path.absolute()))
    near = parse_url(_asked(url, backup.path, engine))
    return get_engine(near.scheme), near


def _engine_of(backup: OpenedBackup, job: Job) -> BackupEngine | None:
    if backup.sidecar is not None:
        return get_engine(backup.sidecar.db_engine)
    with readable(backup, job) as file:
        return identify(first_bytes(file, job))


def _asked(url: Callable[[], str] | None, path: Path, engine: BackupEngine | None) -> str:
    need, which = f"Nothing in {str(path)!r} says which database it is a backup of", "one"
    if engine is not None:
        need, which = f"{str(path)!r} is of {engine.title}: a server is needed to restore it to", "a database there"
    if url is None:
        raise InvalidInput(f"{need}; name {which} with --db")
    try:
        return url()
    except InvalidInput as error:
        raise InvalidInput(f"{need}. {error}") from error


def _compare(backup: OpenedBackup, counts: Mapping[str, int]) -> bool:
    """Compare with what was recorded; ``False``: nothing was."""
    recorded = backup.sidecar.row_counts if backup.sidecar else None
    if recorded is None:
        return False
    differing = [
        f"{table!r}: {counts.get(table, 'missing')} instead of {recorded.get(table, 'none')}"
        for table in sorted({*recorded, *counts})
        if recorded.get(table) != counts.get(table)
    ]
    if differing:
        more = f", and {len(differing) - _MAX_TABLES} more" if len(differing) > _MAX_TABLES else ""
        raise InvalidArchive(
            f"{str(backup.path)!r} has other rows than were recorded: {', '.join(differing[:_MAX_TABLES])}{more}"
        )
    return True
