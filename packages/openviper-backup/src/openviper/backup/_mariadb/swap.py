"""The swap of one restore: written down, done, and where it fails put right again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._durable import disk_errors
from openviper.backup._mariadb.beside import mark_made
from openviper.backup._mariadb.catalog import tables_of
from openviper.backup._mariadb.guarding import in_use, lock_moves, mark_unfinished
from openviper.backup._mariadb.making import way_on
from openviper.backup._mariadb.moves import moves_to
from openviper.backup._mariadb.naming import DEFINITIONS, MADE, MARKER
from openviper.backup._mariadb.quoting import identifier, literal
from openviper.backup._mariadb.session import Access, Session
from openviper.backup._mariadb.swap_plan import plan_file, remove_plan, write_plan
from openviper.backup._mariadb.swapping import Swapping, quiet
from openviper.backup.errors import Interrupted, RestoreRefused, SwapUnfinished, ToolFailed
from openviper.backup.job import Job

if TYPE_CHECKING:
    from openviper.backup._mariadb.swap_plan import SwapPlan

__all__ = ["swap", "tidy"]


def swap(plan: SwapPlan, access: Access, job: Job) -> tuple[str, ...]:
    """Put the new tables, and all else, in the old ones' place; return notes.

    Until the tables have moved it can be cancelled, and undoes what it has begun; behind that it goes on to its end.
    The caller has the target's lock until all of it is over, and keeps backups away.

    Raises:
        RestoreRefused: The tables are in use, or are not what they were; the target is as it was.
        NotEnoughSpace, BackupError: Nothing can be written beside the backup; likewise.
        ToolFailed: Something failed; the target is as it was.
        Interrupted: Likewise.
        SwapUnfinished: It could neither be finished nor undone.
    """
    job.step("swap: write plan")
    step: Callable[[str], None] = job.step
    _write(plan)
    swapping: Swapping | None = None
    is_made = False
    try:
        with Session(access, job) as session:
            lock_moves(session, plan.names)
            step("swap: mark")
            # One that was there is nobody's whose restore this is, and must not be taken for its own.
            session.run(f"CREATE DATABASE {identifier(plan.names.old)} COLLATE {plan.collation}")
            is_made = True
            _mark(plan, session)
            swapping = Swapping(plan, access, session, job, step)
            swapping.bring_first()
            # From here on nothing fails: the restored data is in its place.
            return (*swapping.notes, *tidy(plan, access, step, new=True))
    except BaseException as error:
        is_new, notes = _put_right(plan, access, step, error, swapping) if is_made else (False, [])
        if not is_new:
            remove_plan(Path(plan.file))
            raise _explained(error, plan, notes) from error
        if not isinstance(error, Interrupted):
            notes = [*notes, f"Something failed in the swap, and was done in a second try: {error}"]
        return (*notes,)


def _write(plan: SwapPlan) -> None:
    try:
        with disk_errors("What a swap must remember beyond a kill cannot be written; the target is as it was"):
            write_plan(plan)
    except BaseException:
        remove_plan(Path(plan.file))
        raise


def _mark(plan: SwapPlan, session: Session) -> None:
    """Fill the schema of the old tables; with its marker, all of which is there at once, the swap has begun."""
    old = identifier(plan.names.old)
    mark_made(session, plan.names.old)
    if plan.keep_old and plan.old:
        made_again = f"X'{plan.script(plan.old).hex()}'"
        session.run(
            f"CREATE TABLE {old}.{DEFINITIONS} (script LONGBLOB) ENGINE = InnoDB",
            f"INSERT INTO {old}.{DEFINITIONS} VALUES ({made_again})",  # noqa: S608 - hexadecimal
        )
    session.run(
        f"INSERT INTO {old}.{MADE} VALUES ({literal(plan.file)}, {literal(plan.to_json())})",  # noqa: S608 - quoted
        f"RENAME TABLE {old}.{MADE} TO {old}.{MARKER}",
    )
    mark_unfinished(session, plan.names.target, f"A restore was stopped in its swap: {way_on(plan.file)}")


def _put_right(
    plan: SwapPlan, access: Access, step: Callable[[str], None], error: BaseException, swapping: Swapping | None
) -> tuple[bool, list[str]]:
    """Finish what has moved, undo what has not; return whether it is finished, and notes."""
    is_touched = swapping is not None and swapping.is_touched
    try:
        with Job() as job, Session(access, job) as session:
            lock_moves(session, plan.names)
            if is_touched and MARKER not in tables_of(session, plan.names.old):
                raise SwapUnfinished("another restore, or --resume or --undo, came between, and has settled it")
            again = Swapping(plan, access, session, job, quiet(step))
            moves = moves_to(plan, session, new=True)
            has_moved = moves.has_begun and not (moves.out or moves.into)
            # What cannot be made in its place now cannot be a moment later.
            if has_moved and not isinstance(error, SwapUnfinished):
                again.bring(new=True)
                return True, [*again.notes, *tidy(plan, access, step, new=True)]
            if is_touched:
                again.bring(new=False)
            again.clean(new=False)
            return False, again.notes
    except BaseException as second:
        message = f"The swap of {plan.names.target!r} failed ({error}), and so did what followed ({second})"
        raise SwapUnfinished(f"{message}: {way_on(plan.file)}") from error


def tidy(plan: SwapPlan, access: Access, step: Callable[[str], None], *, new: bool) -> tuple[str, ...]:
    """Take away what is beside a target that is on one side in everything; return notes, and raise nothing.

    Another connection of the caller's has the locks: nobody may find the marker of what is done.
    """
    file = Path(plan.file)
    try:
        if plan_file(file).exists():
            # So that a run that is killed behind this is told the truth, where there is no marker any more.
            write_plan(replace(plan, is_done=new))
    except OSError:
        remove_plan(file)
    try:
        with Job() as job, Session(access, job) as session:
            Swapping(plan, access, session, job, quiet(step)).clean(new=new)
    except Exception as error:
        return (
            f"All is in its place, but what stands beside it could not be taken away ({error}): {way_on(plan.file)}",
        )
    quiet(step)("swap: forget")
    remove_plan(file)
    return ()


def _explained(error: BaseException, plan: SwapPlan, notes: list[str]) -> BaseException:
    behind = "".join(f"; {note}" for note in notes)
    if in_use(error):
        return RestoreRefused(
            f"Tables of {plan.names.target!r} are in use by open transactions, and could not be moved "
            "(information_schema.INNODB_TRX has their connections, trx_mysql_thread_id); the old data is in its "
            f"place{behind}; try again"
        )
    if isinstance(error, SwapUnfinished):
        message = str(error).partition(way_on(plan.file))[0]
        return RestoreRefused(f"{message}The old data is back in its place{behind}")
    if notes and isinstance(error, ToolFailed):
        return RestoreRefused(f"{error}{behind}")
    if isinstance(error, ToolFailed):
        error.args = (f"{error}; the old data is in its place", *error.args[1:])
    return error
