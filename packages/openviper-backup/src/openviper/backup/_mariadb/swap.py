"""The swap of one restore: written down, done, and where it fails put right again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._mariadb.beside import mark_made
from openviper.backup._mariadb.moves import moves_to
from openviper.backup._mariadb.naming import DEFINITIONS, MADE, MARKER, Names
from openviper.backup._mariadb.quoting import identifier, literal
from openviper.backup._mariadb.session import Access, Session, error_number
from openviper.backup._mariadb.swap_plan import remove_plan, script, write_plan
from openviper.backup._mariadb.swapping import Swapping, quiet, way_on
from openviper.backup.errors import BackupError, RestoreRefused, SwapUnfinished, TargetBusy, ToolFailed
from openviper.backup.job import Job

if TYPE_CHECKING:
    from openviper.backup._mariadb.swap_plan import SwapPlan

__all__ = ["lock", "swap"]

# How long a killed run's connection may take to end.
_LOCK_SECONDS = 20
_IN_USE = 1205


def lock(session: Session, names: Names) -> None:
    """Take the lock of a target.

    Raises:
        TargetBusy: Another restore has it.
    """
    if not session.lock(names.lock, _LOCK_SECONDS):
        raise TargetBusy(f"Another restore of {names.target!r} is running: wait for its end")


def swap(plan: SwapPlan, access: Access, session: Session, job: Job) -> tuple[str, ...]:
    """Put the new tables, and all else, in the old ones' place; return notes.

    Until the tables have moved it can be cancelled, and undoes what it has begun; behind that it goes on to its end.

    Args:
        session: Holds the target's lock; it is closed where something fails.

    Raises:
        RestoreRefused: The tables are in use, or nothing can be written beside the backup; the target is as it was.
        ToolFailed: Something failed; the target is as it was.
        Interrupted: Likewise.
        SwapUnfinished: It could neither be finished nor undone.
    """
    job.step("swap: write plan")
    _write(plan)
    step: Callable[[str], None] = job.step
    try:
        _mark(plan, session, step)
        swapping = Swapping(plan, access, session, job, step)
        _settle(swapping, plan, new=True)
        notes = swapping.notes
    except BaseException as error:
        session.close()
        is_new, notes = _put_right(plan, access, step, error)
        if not is_new:
            remove_plan(Path(plan.file))
            raise _explained(error, plan, notes) from error
    quiet(step)("swap: forget")
    remove_plan(Path(plan.file))
    return tuple(notes)


def _write(plan: SwapPlan) -> None:
    try:
        write_plan(plan)
    except OSError as error:
        remove_plan(Path(plan.file))
        raise RestoreRefused(
            f"What a swap must remember beyond a kill cannot be written beside {plan.file!r} ({error.strerror}); the "
            "target is as it was"
        ) from error


def _mark(plan: SwapPlan, session: Session, step: Callable[[str], None]) -> None:
    """Make the schema of the old tables; with its marker, all of which is there at once, the swap has begun."""
    step("swap: mark")
    old = identifier(plan.names.old)
    session.run(f"CREATE DATABASE {old} COLLATE {plan.collation}")
    mark_made(session, plan.names.old)
    if plan.keep_old and plan.old:
        made_again = f"X'{script(plan.old).hex()}'"
        session.run(
            f"CREATE TABLE {old}.{DEFINITIONS} (script LONGBLOB) ENGINE = InnoDB",
            f"INSERT INTO {old}.{DEFINITIONS} VALUES ({made_again})",  # noqa: S608 - hexadecimal
        )
    session.run(
        f"INSERT INTO {old}.{MADE} VALUES ({literal(plan.file)}, {literal(plan.to_json())})",  # noqa: S608 - quoted
        f"RENAME TABLE {old}.{MADE} TO {old}.{MARKER}",
    )


def _settle(swapping: Swapping, plan: SwapPlan, *, new: bool) -> None:
    swapping.bring(new=new)
    if new:
        # Without it, a run that is killed behind this is told about a bit less.
        with suppress(OSError):
            write_plan(replace(plan, is_done=True))
    swapping.clean(new=new)


def _put_right(
    plan: SwapPlan, access: Access, step: Callable[[str], None], error: BaseException
) -> tuple[bool, list[str]]:
    """Finish what has moved, undo what has not; return whether it is finished, and notes."""
    try:
        with Job() as job, Session(access, job) as session:
            lock(session, plan.names)
            moves = moves_to(plan, session, new=True)
            has_moved = moves.has_begun and not (moves.out or moves.into)
            # What cannot be made in its place now cannot be a moment later.
            is_new = has_moved and not isinstance(error, SwapUnfinished)
            swapping = Swapping(plan, access, session, job, quiet(step))
            _settle(swapping, plan, new=is_new)
            return is_new, swapping.notes
    except BackupError as second:
        message = f"The swap of {plan.names.target!r} failed ({error}), and so did what followed ({second})"
        raise SwapUnfinished(f"{message}: {way_on(plan.file)}") from error


def _explained(error: BaseException, plan: SwapPlan, notes: list[str]) -> BaseException:
    behind = "".join(f"; {note}" for note in notes)
    if isinstance(error, ToolFailed) and error_number(error) == _IN_USE:
        return RestoreRefused(
            f"Tables of {plan.names.target!r} are in use by open transactions, and could not be moved "
            f"(SHOW PROCESSLIST shows by whom); the old data is in its place{behind}; try again"
        )
    if isinstance(error, SwapUnfinished):
        message = str(error).partition(way_on(plan.file))[0]
        return RestoreRefused(f"{message}The old data is back in its place{behind}")
    return RestoreRefused(f"{error}{behind}") if notes and isinstance(error, ToolFailed) else error
