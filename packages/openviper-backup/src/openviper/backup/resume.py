"""Finish, or undo, a restore that was killed while it swapped the new data in.

::

    await resume_restore("/srv/backups/shop_20260131-235959.tar.gz", "mariadb://ada:secret@db.example/shop")

MariaDB and MySQL move a database's tables one statement before its triggers, routines, views and events; a process that
is killed between them leaves a database that is neither the old nor the new one. No row is lost, and this goes on.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from openviper.backup.engines import get_engine
from openviper.backup.errors import InvalidInput
from openviper.backup.job import Job, OnProgress, run_job
from openviper.backup.results import RestoreResult
from openviper.backup.storage import lasting, shown
from openviper.backup.url import parse_url

if TYPE_CHECKING:
    from openviper.backup.url import DatabaseURL

__all__ = ["ResumableEngine", "resume_restore"]


@runtime_checkable
class ResumableEngine(Protocol):
    """An engine whose swap is more than one step."""

    name: str

    def settle(self, url: DatabaseURL, file: Path, job: Job, *, new: bool) -> tuple[str, ...]:
        """Finish the swap of a restore that was killed in it, or put the old data back; return notes.

        Args:
            file: The backup that was being restored; it need not be there any more.
            new: ``False``: the old data is put back.

        Raises:
            InvalidInput: No swap of this database was begun.
            RestoreRefused: It had not moved anything yet, or was finished.
            TargetBusy: It is still running.
            SwapUnfinished: It still cannot be done.
            ToolMissing, ToolFailed: The server cannot be reached.
        """
        ...


async def resume_restore(
    file: str | Path,
    url: str,
    *,
    undo: bool = False,
    timeout: float | None = None,  # noqa: ASYNC109 - the work must come to an end first
    on_progress: OnProgress | None = None,
) -> RestoreResult:
    """Finish a restore that was killed while it swapped.

    Args:
        file: The backup that was being restored; one in a bucket from the folder where that was begun.
        url: The database it was restored to.
        undo: Put the old data back instead.
        timeout: Seconds for all of it.
        on_progress: Told of each step, from another thread.

    Returns:
        What was done; ``dump_bytes`` is 0, since nothing was loaded.

    Raises:
        InvalidInput: An argument is refused, or no such restore was stopped in its swap.
        RestoreRefused: The swap had not moved anything yet, or was finished: there is nothing to finish, or to undo.
        TargetBusy: It is still running.
        SwapUnfinished: It still cannot be finished, or undone.
        ToolMissing, ToolFailed: The server cannot be reached.
        Interrupted: The time is over.
    """

    def work(job: Job) -> RestoreResult:
        began = time.monotonic()
        path, database = lasting(file), parse_url(url)
        engine = _resumable(database)
        job.shield()
        notes = engine.settle(database, path, job, new=not undo)
        return RestoreResult(
            file=shown(file),
            target=str(database),
            engine=engine.name,
            dump_bytes=0,
            seconds=time.monotonic() - began,
            notes=notes,
        )

    return await run_job(work, Job(timeout, on_progress))


def _resumable(url: DatabaseURL) -> ResumableEngine:
    engine = get_engine(url.scheme)
    if not isinstance(engine, ResumableEngine):
        raise InvalidInput(
            f"A restore of '{url}' leaves nothing to be finished or undone: its database is as it was, or as in the "
            "backup; begin it again"
        )
    return engine
