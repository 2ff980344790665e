"""Restore a backup to nowhere: into a place of its own, which is gone again when it was looked at.

::

    result = await verify_backup("/srv/backups/shop_20260131-235959.tar.gz", "postgresql://ada:secret@db.example/shop")
    result.row_counts   # {"public.orders": 41_250, ...}
    result.compared     # the backup had recorded its counts, and they are these
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._loading import check_engine, load
from openviper.backup._opening import open_backup
from openviper.backup._passes import first_bytes
from openviper.backup._readable import readable
from openviper.backup.engines import get_engine, identify
from openviper.backup.engines.base import RestoreOptions
from openviper.backup.errors import InvalidArchive, InvalidInput
from openviper.backup.job import Job, OnProgress, run_job
from openviper.backup.naming import safe_path
from openviper.backup.results import VerifyResult
from openviper.backup.storage import nearby, shown
from openviper.backup.url import DatabaseURL, parse_url

if TYPE_CHECKING:
    from openviper.backup._opening import OpenedBackup
    from openviper.backup.engines.base import BackupEngine

__all__ = ["verify_backup"]

# Tables that a message names.
_MAX_TABLES = 10


async def verify_backup(  # noqa: PLR0913 - the options of the command
    file: str | Path,
    url: str | None = None,
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
    server_folder: str | Path | None = None,
) -> VerifyResult:
    """Load a backup into a scratch database, count its rows, and drop it again.

    Args:
        file: A ``.tar.gz`` or ``.sql``, or one of them encrypted with age; also ``s3://bucket/key`` (the extra ``s3``).
        url: A database on the server where the scratch one is made; nothing in it is touched. ``None``: for SQLite, a
            file beside the backup.
        skip_checksum: Go on where the file is not as its sidecar says.
        identity_file, verify_trailer, maintenance_db, no_owner, no_acl, skip_definer, server_folder: As in
            :func:`~openviper.backup.restore.restore_database`.
        timeout: Seconds for all of it.
        on_progress: Told of each step, from another thread, and in it about every MiB.

    Raises:
        InvalidInput: An argument is refused, or the backup needs a server and ``url`` is ``None``.
        InvalidArchive: The file is torn, was changed, is no backup, or has other counts than were recorded.
        RestoreRefused: The backup is of another engine than ``url``, or this role may not create a database.
        ToolMissing, ToolFailed: The database's own programs cannot load it.
        StorageFailed: The bucket cannot be reached, or refuses.
        NotEnoughSpace: The disk would not hold it.
        Interrupted: The time is over.
    """

    def work(job: Job) -> VerifyResult:
        with nearby(file, job) as local:
            options = RestoreOptions(
                file=local,
                verify_trailer=verify_trailer,
                analyze=False,
                maintenance_db=maintenance_db,
                no_owner=no_owner,
                no_acl=no_acl,
                skip_definer=skip_definer,
                server_folder=None if server_folder is None else safe_path(server_folder),
            )
            result = _verify(_Order(url, options, skip_checksum, identity_file), job)
        return replace(result, file=shown(file))

    return await run_job(work, Job(timeout, on_progress))


@dataclass(frozen=True, slots=True)
class _Order:
    url: str | None = field(repr=False)
    options: RestoreOptions
    skip_checksum: bool
    identity_file: str | Path | None


def _verify(order: _Order, job: Job) -> VerifyResult:
    began = time.monotonic()
    path = order.options.file
    given = None if order.url is None else parse_url(order.url)
    with open_backup(path, skip_checksum=order.skip_checksum, identity_file=order.identity_file) as backup:
        engine = _engine_of(backup, job) if given is None else get_engine(given.scheme)
        check_engine(backup, engine, job)
        url = given or _beside(path, engine)
        with engine.scratch(url, order.options, job) as scratch:
            scratch.preflight()
            loaded = load(backup, engine, scratch, job)
            job.step("count")
            counts = scratch.count_rows()
        recorded = backup.sidecar.row_counts if backup.sidecar else None
    if recorded is not None:
        _compare(recorded, counts, path)
    return VerifyResult(
        file=path,
        engine=engine.name,
        dump_bytes=loaded.content.size,
        seconds=time.monotonic() - began,
        row_counts=counts,
        compared=recorded is not None,
        notes=loaded.notes if recorded is not None else (*loaded.notes, "No row counts were recorded to compare with"),
    )


def _engine_of(backup: OpenedBackup, job: Job) -> BackupEngine:
    if backup.sidecar is not None:
        return get_engine(backup.sidecar.db_engine)
    with readable(backup, job) as file:
        engine = identify(first_bytes(file, job))
    if engine is None:
        raise InvalidInput(f"Of which database {str(backup.path)!r} is, nothing in it tells; name one with --db")
    return engine


def _beside(path: Path, engine: BackupEngine) -> DatabaseURL:
    if engine.name != "sqlite":
        raise InvalidInput(
            f"{str(path)!r} is of {engine.title}: a server is needed to restore it to; name a database there with --db"
        )
    return DatabaseURL("sqlite", str(path.absolute()))


def _compare(recorded: Mapping[str, int], counts: Mapping[str, int], path: Path) -> None:
    differing = [
        f"{table!r}: {counts.get(table, 'missing')} instead of {recorded.get(table, 'none')}"
        for table in sorted({*recorded, *counts})
        if recorded.get(table) != counts.get(table)
    ]
    if differing:
        more = f", and {len(differing) - _MAX_TABLES} more" if len(differing) > _MAX_TABLES else ""
        raise InvalidArchive(
            f"{str(path)!r} has other rows than were recorded: {', '.join(differing[:_MAX_TABLES])}{more}"
        )
