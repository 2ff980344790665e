"""Restore a backup, and lose nothing if that fails.

::

    await restore_database("/srv/backups/shop_20260131-235959.tar.gz", "postgresql://ada:secret@db.example/shop")

The file is read to its end first: its checksum, that it is one whole dump, and whose. Then it is loaded beside the live
database, and only what was loaded without an error takes its place. Whatever goes wrong before that, cancellation
included, the database is as it was.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from openviper.backup._consent import Confirm, demand_consent
from openviper.backup._loading import check_engine, load
from openviper.backup._opening import open_backup
from openviper.backup.engines import get_engine
from openviper.backup.engines.base import RestoreOptions
from openviper.backup.job import Job, OnProgress, run_job
from openviper.backup.naming import safe_path
from openviper.backup.results import RestoreResult
from openviper.backup.storage import lasting, nearby, shown
from openviper.backup.url import parse_url

__all__ = ["Confirm", "restore_database"]


async def restore_database(  # noqa: PLR0913 - the options of the command
    file: str | Path,
    url: str,
    *,
    force: bool = False,
    confirm: Confirm | None = None,
    skip_checksum: bool = False,
    identity_file: str | Path | None = None,
    timeout: float | None = None,  # noqa: ASYNC109 - the work must take away what it has made first
    on_progress: OnProgress | None = None,
    in_place: bool = False,
    keep_old: bool = False,
    verify_trailer: bool = True,
    analyze: bool = True,
    maintenance_db: str | None = None,
    no_owner: bool = False,
    no_acl: bool = False,
    skip_settings: Sequence[str] = (),
    skip_definer: bool = False,
    server_folder: str | Path | None = None,
) -> RestoreResult:
    """Put what a backup holds in the place of a database.

    Args:
        file: A ``.tar.gz`` or ``.sql``, or one of them encrypted with age; also ``s3://bucket/key`` (the extra ``s3``).
        url: As SQLAlchemy writes it: ``postgresql+asyncpg://user:password@host:5432/name``, ``sqlite:///shop.db``.
        force: Replace data without asking.
        confirm: Asked, from another thread, before data is replaced; ``None``: that is refused.
        skip_checksum: Restore what is not as its sidecar says, if it is a whole dump nevertheless.
        identity_file: Who may decrypt an encrypted one; ``None``: the environment's ``AGE_IDENTITY_FILE``.
        timeout: Seconds for all of it, the time to confirm included.
        on_progress: Told of each step, from another thread, and in it about every MiB.
        in_place: Where nothing can be made beside the target, load into it; a failure then leaves it half loaded.
        keep_old: Keep the old data beside the new; the result says where.
        verify_trailer: Refuse a dump without the line or bytes with which a complete one ends.
        analyze: PostgreSQL: ``ANALYZE`` before the swap.
        maintenance_db: PostgreSQL: the database to be connected to while others are renamed.
        no_owner: PostgreSQL: everything belongs to whoever restores.
        no_acl: PostgreSQL: without the old database's grants.
        skip_settings: PostgreSQL: the old database's settings that this role may not set, and need not.
        skip_definer: MariaDB: routines, triggers, views and events belong to whoever restores.
        server_folder: Oracle, SQL Server: a folder that the server reads and this process writes to.

    Raises:
        InvalidInput: An argument is refused; nothing was done.
        InvalidArchive: The file is torn, was changed, or is no backup.
        RestoreRefused: The target holds data, the backup is of another engine, or this role may not do it.
        TargetBusy: Another restore of this target is running.
        ToolMissing, ToolFailed: The database's own programs cannot do it.
        StorageFailed: The bucket cannot be reached, or refuses.
        NotEnoughSpace: The disk would not hold it.
        Interrupted: The time is over.
        SwapUnfinished: The new data could not be put in the old one's place; the message has the command that goes on.
    """

    def work(job: Job) -> RestoreResult:
        with nearby(file, job) as local:
            options = RestoreOptions(
                file=local,
                folder=lasting(file).parent,
                in_place=in_place,
                keep_old=keep_old,
                verify_trailer=verify_trailer,
                analyze=analyze,
                maintenance_db=maintenance_db,
                no_owner=no_owner,
                no_acl=no_acl,
                skip_settings=tuple(skip_settings),
                skip_definer=skip_definer,
                server_folder=None if server_folder is None else safe_path(server_folder),
            )
            result = _restore(_Order(url, options, force, confirm, skip_checksum, identity_file), job)
        return replace(result, file=shown(file))

    return await run_job(work, Job(timeout, on_progress))


@dataclass(frozen=True, slots=True)
class _Order:
    url: str = field(repr=False)
    options: RestoreOptions
    force: bool
    confirm: Confirm | None
    skip_checksum: bool
    identity_file: str | Path | None


def _restore(order: _Order, job: Job) -> RestoreResult:
    began = time.monotonic()
    path, url = order.options.file, parse_url(order.url)
    engine = get_engine(url.scheme)
    with open_backup(path, skip_checksum=order.skip_checksum, identity_file=order.identity_file) as backup:
        check_engine(backup, engine, job)
        with engine.target(url, order.options, job) as target:
            target.preflight()
            if not order.force and target.holds_data():
                demand_consent(url, path, order.confirm, job)
            loaded = load(backup, engine, target, job)
            job.step("swap")
            kept, notes = target.swap()
    return RestoreResult(
        file=path,
        target=str(url),
        engine=engine.name,
        dump_bytes=loaded.content.size,
        seconds=time.monotonic() - began,
        kept=kept,
        notes=(*loaded.notes, *notes),
    )
