"""Make a backup that can be trusted.

::

    result = await backup_database("postgresql://ada:secret@db.example/shop", "/srv/backups")
    result.location     # /srv/backups/shop_20260131-235959.tar.gz

That it returns means: the dump was complete by its program's exit code and by its own last line, the file was read
back from the disk to its end and is what was written, and it stands under its name with its sidecar beside it.
Whatever else happens, cancellation included, nothing of it remains.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._options import check_options
from openviper.backup._s3.location import parse_location
from openviper.backup._writing.making import Made, Order, make_backup
from openviper.backup.archive import choose_compression
from openviper.backup.encryption import parse_recipients
from openviper.backup.engines import get_engine
from openviper.backup.engines.base import DumpOptions
from openviper.backup.errors import InvalidInput
from openviper.backup.job import Job, OnProgress, run_job
from openviper.backup.naming import FileName, checked_name, database_name, optional_path, safe_path
from openviper.backup.results import BackupResult
from openviper.backup.storage import make_remote_backup
from openviper.backup.url import parse_url

if TYPE_CHECKING:
    from openviper.backup.archive import Compression
    from openviper.backup.engines.base import BackupEngine
    from openviper.backup.url import DatabaseURL

__all__ = ["backup_database"]


async def backup_database(  # noqa: PLR0913 - the options of the command; cancelled, the work takes everything away first
    url: str,
    path: str | Path = "./backup",
    *,
    name: str | None = None,
    compress: bool = True,
    fast: bool = False,
    count_rows: bool = False,
    encrypt: Sequence[str] = (),
    timeout: float | None = None,  # noqa: ASYNC109 - the work must take away what it has made first
    on_progress: OnProgress | None = None,
    globals_file: str | Path | None = None,
    server_folder: str | Path | None = None,
) -> BackupResult:
    """Back a database up into a folder, which is created, or into a bucket.

    Args:
        url: As SQLAlchemy writes it: ``postgresql+asyncpg://user:password@host:5432/name``, ``sqlite:///shop.db``.
        path: The folder, or ``s3://bucket/prefix`` (the extra ``s3``).
        name: In the file's name instead of the database's; a time stamp follows in any case.
        compress: ``False``: a plain ``.sql``, or for SQLite the database file.
        fast: Compress with ISA-L (the extra ``fast``) instead of zlib.
        count_rows: Count each table's rows in the dump's own snapshot, for the sidecar.
        encrypt: Recipients of age (the extra ``age``): ``age1...`` or SSH public keys; empty: not encrypted.
        timeout: Seconds for all of it.
        on_progress: Told of each step, from another thread, and in it about every 256 KiB.
        globals_file: PostgreSQL: write roles and tablespaces there too.
        server_folder: Oracle, SQL Server: a folder that the server writes to and this process reads.

    Raises:
        InvalidInput: An argument is refused, or an extra is missing; nothing was done.
        ToolMissing, ToolFailed, IncompleteDump: The dump could not be made.
        TargetBusy, SwapUnfinished: A restore of the database is in its swap, or was stopped in it (MariaDB, MySQL).
        NotEnoughSpace: The disk is full.
        StorageFailed: The bucket cannot be reached, or refuses.
        InvalidArchive: The disk gives something else back than was written.
        Interrupted: The time is over.
        BackupError: The file cannot be written there.
    """

    def order(folder: Path) -> Order:
        database = parse_url(url)
        engine = get_engine(database.scheme)
        options = DumpOptions(folder, count_rows, optional_path(globals_file), optional_path(server_folder))
        check_options(engine, options)
        return Order(
            engine=engine,
            url=database,
            name=_file_name(database, engine, name, _extension(compress=compress, encrypted=bool(encrypt))),
            options=options,
            compression=_compression(compress=compress, fast=fast),
            recipients=parse_recipients(encrypt),
        )

    def work(job: Job) -> BackupResult:
        began = time.monotonic()
        bucket = parse_location(path)
        if bucket is None:
            return _result(make_backup(order(safe_path(path)), job), began)
        made, there = make_remote_backup(order, bucket, job)
        return replace(_result(made, began), location=str(there.location), sidecar=str(there.sidecar_location))

    return await run_job(work, Job(timeout, on_progress))


def _file_name(url: DatabaseURL, engine: BackupEngine, name: str | None, extension: str) -> FileName:
    called = database_name(url, engine.name) if name is None else checked_name(name)
    return FileName(called, datetime.now(UTC).replace(microsecond=0), extension)


def _compression(*, compress: bool, fast: bool) -> Compression | None:
    if fast and not compress:
        raise InvalidInput("--fast and --no-compress are given: expected one of them")
    return choose_compression(fast=fast) if compress else None


def _extension(*, compress: bool, encrypted: bool) -> str:
    return (".tar.gz" if compress else ".sql") + (".age" if encrypted else "")


def _result(made: Made, began: float) -> BackupResult:
    return BackupResult(
        location=str(made.file),
        sidecar=str(made.sidecar_file),
        engine=made.sidecar.db_engine,
        database_name=made.sidecar.database_name,
        dump_bytes=made.dump_bytes,
        bytes=made.bytes,
        checksum=made.sidecar.checksum,
        seconds=time.monotonic() - began,
        row_counts=made.sidecar.row_counts,
        notes=made.notes,
    )
