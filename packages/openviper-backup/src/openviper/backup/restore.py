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
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._options import check_options, several
from openviper.backup._restoring.consent import Confirm, demand_consent
from openviper.backup._restoring.loading import Loaded, check_engine, load
from openviper.backup._restoring.opening import open_anywhere
from openviper.backup._source import source_of
from openviper.backup.engines import get_engine
from openviper.backup.engines.base import RestoreOptions
from openviper.backup.errors import BackupError, InvalidInput, RestoreRefused, TargetBusy, ToolFailed
from openviper.backup.job import Job, OnProgress, run_job
from openviper.backup.naming import database_name, optional_path
from openviper.backup.results import RestoreResult
from openviper.backup.storage import lasting, shown
from openviper.backup.url import parse_url

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from openviper.backup._restoring.opening import OpenedBackup
    from openviper.backup.engines.base import BackupEngine, RestoreTarget
    from openviper.backup.sidecar import Sidecar
    from openviper.backup.url import DatabaseURL

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
        identity_file: Has the age identity that decrypts the backup; ``None``: the environment's ``AGE_IDENTITY_FILE``.
        timeout: Seconds for all of it, the time to confirm included.
        on_progress: Told of each step, from another thread, and in it about every 256 KiB.
        in_place: Where nothing can be made beside the target, load into it; a failure then leaves it half loaded.
        keep_old: Keep the old data beside the new; the result says where.
        verify_trailer: Refuse a dump without the line or bytes with which a complete one ends.
        analyze: PostgreSQL: ``ANALYZE`` before the swap.
        maintenance_db: PostgreSQL: the database to be connected to while others are renamed.
        no_owner: PostgreSQL: everything belongs to whoever restores.
        no_acl: PostgreSQL: without the dump's grants; those of the database itself stay.
        skip_settings: PostgreSQL: the old database's settings that this role may not set, and need not.
        skip_definer: MariaDB, MySQL: routines, triggers, views and events run as the user who restores.
        server_folder: Oracle, SQL Server: a folder that the server reads and this process writes to.

    Raises:
        InvalidInput: An argument is refused, or an option that the engine does not have; nothing was done.
        InvalidArchive: The file is torn, was changed, or is not a backup.
        RestoreRefused: The target holds data, the backup is of another engine, or this role may not do it.
        TargetBusy: Another restore of this target is running.
        ToolMissing, ToolFailed: The database's own programs cannot do it.
        StorageFailed: The bucket cannot be reached, or refuses.
        NotEnoughSpace: The disk would not hold it.
        Interrupted: The time is over.
        SwapUnfinished: The new data could not be put in the old one's place; the message has the command that goes on.
    """

    options = RestoreOptions(
        file=Path(),
        folder=lasting(file).parent,
        in_place=in_place,
        keep_old=keep_old,
        verify_trailer=verify_trailer,
        analyze=analyze,
        maintenance_db=maintenance_db,
        no_owner=no_owner,
        no_acl=no_acl,
        skip_settings=several(skip_settings),
        skip_definer=skip_definer,
        server_folder=optional_path(server_folder),
    )

    def work(job: Job) -> RestoreResult:
        database = parse_url(url)
        engine = get_engine(database.scheme)
        check_options(engine, options)
        order = _Order(database, engine, options, shown(file), force, confirm)
        opened = open_anywhere(file, job, skip_checksum=skip_checksum, identity_file=identity_file)
        return _restore(order, opened, job)

    return await run_job(work, Job(timeout, on_progress))


@dataclass(frozen=True, slots=True)
class _Order:
    url: DatabaseURL
    engine: BackupEngine
    options: RestoreOptions
    shown: Path | str
    force: bool
    confirm: Confirm | None


def _restore(order: _Order, opened: AbstractContextManager[OpenedBackup], job: Job) -> RestoreResult:
    began = time.monotonic()
    with _AsItWas(in_place=order.options.in_place) as before, opened as backup:
        check_engine(backup, order.engine, job)
        with order.engine.target(order.url, replace(order.options, file=backup.path), job) as target:
            target.preflight()
            before.is_met()
            agreed = _agree(order, target, backup.sidecar, job)
            if order.options.in_place:
                job.shield()
            loaded = load(backup, order.engine, target, job)
            job.step("swap")
            before.ends()
            job.shield()
            kept, notes = target.swap()
    done = _result(order, backup, loaded)
    return replace(done, seconds=time.monotonic() - began, kept=kept, notes=(*agreed, *loaded.notes, *notes))


def _result(order: _Order, backup: OpenedBackup, loaded: Loaded) -> RestoreResult:
    return RestoreResult(
        file=order.shown,
        target=str(order.url),
        engine=order.engine.name,
        dump_bytes=loaded.content.size,
        seconds=0,
        row_counts=backup.sidecar.row_counts if backup.sidecar and backup.checksum else None,
    )


class _AsItWas:
    """Lets each failure before the swap say that the target is as it was.

    What is refused says by itself that nothing was begun; another restore's target is not as it was.
    """

    def __init__(self, *, in_place: bool) -> None:
        self._holds, self._is_met = not in_place, False

    def __enter__(self) -> _AsItWas:
        return self

    def is_met(self) -> None:
        """From here on it is known what the target is like."""
        self._is_met = True

    def ends(self) -> None:
        """From here on the engine says what holds."""
        self._holds = False

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        by_itself = isinstance(error, InvalidInput | RestoreRefused | TargetBusy)
        if self._holds and isinstance(error, BackupError) and not by_itself:
            unknown = isinstance(error, ToolFailed) and not self._is_met
            holds = "the target was not touched" if unknown else "the target is as it was"
            error.args = (f"{error}; {holds}", *error.args[1:])


def _agree(order: _Order, target: RestoreTarget, sidecar: Sidecar | None, job: Job) -> tuple[str, ...]:
    """Ask where data would be replaced; where that need not be asked, return what the answer could depend on."""
    if order.force:
        return () if sidecar is None else _of_another(order, sidecar)
    if target.holds_data():
        of = "" if sidecar is None else f", a backup {_made(sidecar)}"
        demand_consent(order.url, f"{str(order.shown)!r}{of}", order.confirm, job)
    return ()


def _of_another(order: _Order, sidecar: Sidecar) -> tuple[str, ...]:
    by_source = sidecar.source is not None
    own = (source_of if by_source else database_name)(order.url, order.engine.name)
    if own == (sidecar.source if by_source else sidecar.database_name):
        return ()
    return (f"The backup is {_made(sidecar)}; the database it was restored to is {own!r}",)


def _made(sidecar: Sidecar) -> str:
    moment = f"{sidecar.timestamp.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"of {(sidecar.source or sidecar.database_name)!r} from {moment}"
