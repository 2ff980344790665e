"""Which backups are there, and which of them may go.

::

    await prune_backups("/srv/backups", keep_last=3, keep_daily=7, keep_weekly=4, keep_monthly=12)

Each database is looked at by itself: backups are of one if their sidecars have the same name, engine and source. The
newest that is good by its checksum stays whatever the rules say, and where none is good, none goes; what has no sidecar
is left where it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from openviper.backup._durable import sync_folder
from openviper.backup._s3.location import local_folder
from openviper.backup._stored.keeping import Rules, kept
from openviper.backup._stored.listing import StoredBackup, damage, nothing_of, shortened, stored_backups
from openviper.backup.errors import BackupError, Interrupted, InvalidInput
from openviper.backup.job import Job, OnProgress, run_job
from openviper.backup.sidecar import sidecar_path

__all__ = ["PruneResult", "StoredBackup", "list_backups", "prune_backups"]


@dataclass(frozen=True, slots=True)
class PruneResult:
    """What a folder holds now; each with the newest first.

    Attributes:
        kept: Complete backups that stay.
        removed: What is gone, or would be.
        left: What was not judged; each says its ``problem``.
        freed: Bytes of what is gone, or would be.
        is_dry: Nothing was done.
        notes: Sentences for the user.
    """

    kept: tuple[StoredBackup, ...]
    removed: tuple[StoredBackup, ...]
    left: tuple[StoredBackup, ...]
    freed: int
    is_dry: bool
    notes: tuple[str, ...] = ()


async def list_backups(path: str | Path = "./backup", *, name: str | None = None) -> tuple[StoredBackup, ...]:
    """Return the backups in a folder, the newest first, as far as their names and sidecars tell.

    Args:
        path: The folder; those below it are not looked at.
        name: Only those of this database, or of this ``--name``.

    Raises:
        InvalidInput: There is no such folder.
        BackupError: It cannot be read.
    """
    return await run_job(lambda _: tuple(_of(name, stored_backups(local_folder(path)))), Job())


async def prune_backups(  # noqa: PLR0913 - the options of the command
    path: str | Path = "./backup",
    *,
    name: str | None = None,
    keep_last: int = 0,
    keep_daily: int = 0,
    keep_weekly: int = 0,
    keep_monthly: int = 0,
    dry_run: bool = False,
    timeout: float | None = None,  # noqa: ASYNC109 - a file that is being removed goes with its sidecar
    on_progress: OnProgress | None = None,
) -> PruneResult:
    """Remove the backups that no rule keeps, with their sidecars.

    Args:
        path: The folder; those below it are not looked at.
        name: Only those of this database, or of this ``--name``.
        keep_last: Of each database, so many, the newest.
        keep_daily: The newest of each of so many days (UTC) that have any.
        keep_weekly: Likewise, of weeks as ISO 8601 counts them: from Monday.
        keep_monthly: Likewise, of calendar months.
        dry_run: Only say what would go.
        timeout: Seconds for all of it.
        on_progress: Told, from another thread, of each check and removal.

    Raises:
        InvalidInput: No rule keeps anything, or there is no such folder, or no backup of this name in it.
        BackupError: A file cannot be removed; says which are gone. Those that were to go after it still stand.
        Interrupted: The time is over; likewise.
    """

    def work(job: Job) -> PruneResult:
        rules = Rules(keep_last, keep_daily, keep_weekly, keep_monthly)
        folder = local_folder(path)
        found = stored_backups(folder)
        chosen = _of(name, found)
        if name is not None and not chosen:
            raise InvalidInput(nothing_of(name, path, found))
        try:
            result = _judged(chosen, rules, job, is_dry=dry_run)
        except Interrupted as error:
            raise Interrupted(f"{error}; {_told([])}") from error
        if result.removed and not dry_run:
            # Told to stop, it has begun with the oldest.
            _remove(reversed(result.removed), folder, job)
        return result

    return await run_job(work, Job(timeout, on_progress))


def _of(name: str | None, backups: Iterable[StoredBackup]) -> list[StoredBackup]:
    return [each for each in backups if name is None or each.name == name]


def _judged(backups: list[StoredBackup], rules: Rules, job: Job, *, is_dry: bool) -> PruneResult:
    complete = [each for each in backups if each.problem is None]
    staying, notes = _staying_of_all(complete, rules, job)
    removed = tuple(each for each in complete if each.file not in staying)
    return PruneResult(
        kept=tuple(each for each in complete if each.file in staying),
        removed=removed,
        left=tuple(each for each in backups if each.problem is not None),
        freed=sum(each.bytes for each in removed),
        is_dry=is_dry,
        notes=tuple(notes),
    )


def _staying_of_all(complete: list[StoredBackup], rules: Rules, job: Job) -> tuple[set[Path], list[str]]:
    staying: set[Path] = set()
    notes: list[str] = []
    for _, group in groupby(sorted(complete, key=_database), key=_database):
        of_one = list(group)
        positions, more = _staying(of_one, rules, job)
        staying |= {of_one[position].file for position in positions}
        notes += more
    return staying, notes


def _database(backup: StoredBackup) -> tuple[str, str, str]:
    # Two of one name, on servers of two kinds or on two servers, are two; of older ones it is unknown where they are.
    sidecar = backup.sidecar
    return (sidecar.database_name, sidecar.db_engine, sidecar.source or "") if sidecar else (backup.name, "", "")


def _staying(backups: list[StoredBackup], rules: Rules, job: Job) -> tuple[set[int], list[str]]:
    """Judge the backups of one database, the newest first."""
    ahead, positions = _ruled(backups, rules)
    if len(positions) == len(backups):
        return positions, []
    notes = [
        f"{each.file.name!r} is of a time that has not come yet: kept, and not counted" for each in backups[:ahead]
    ]
    for position, backup in enumerate(backups[ahead:], ahead):
        problem = damage(backup, job)
        if problem is None:
            return positions | {position}, notes + _unknown(backup)
        notes.append(f"{backup.file.name!r} {problem}")
    notes.append(f"Of {backups[0].name!r} nothing was removed: none of its backups is good")
    return set(range(len(backups))), notes


def _ruled(backups: list[StoredBackup], rules: Rules) -> tuple[int, set[int]]:
    """Return how many are of a time that has not come yet, and the positions of what stays by the rules, with those."""
    now = datetime.now(UTC)
    # By a clock that is a little ahead, or was: they stay, and keep no place of one whose time has come.
    ahead = sum(each.moment > now for each in backups)
    ruled = kept([each.moment for each in backups[ahead:]], rules)
    return ahead, {*range(ahead), *(ahead + position for position in ruled)}


def _unknown(backup: StoredBackup) -> list[str]:
    if backup.sidecar is None or backup.sidecar.source is not None:
        return []
    return [f"Backups of {backup.name!r} whose sidecars do not say of which database are taken for those of one"]


def _remove(backups: Iterable[StoredBackup], folder: Path, job: Job) -> None:
    gone: list[str] = []
    try:
        for backup in backups:
            job.step("remove")
            # The other way round, a kill would leave what looks like a backup that was never finished.
            for file in (backup.file, sidecar_path(backup.file)):
                with suppress(FileNotFoundError):
                    file.unlink()
            gone.append(backup.file.name)
        sync_folder(folder)
    except Interrupted as error:
        raise Interrupted(f"{error}; {_told(gone)}") from error
    except OSError as error:
        what = str(error.filename or folder)
        raise BackupError(f"{what!r} cannot be removed: {error.strerror}; {_told(gone)}") from error


def _told(gone: list[str]) -> str:
    return f"removed before that: {shortened(gone)}" if gone else "nothing was removed"
