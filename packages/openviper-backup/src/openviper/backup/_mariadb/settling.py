"""What is left of a restore that was killed in its swap: finished, or undone.

The marker on the server is what is believed. The file beside the backup may be of a swap before it: it tells
only whether that one had come to its end, where there is no marker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.backup._mariadb.beside import drop_made
from openviper.backup._mariadb.guarding import lock_moves, lock_target
from openviper.backup._mariadb.making import way_on
from openviper.backup._mariadb.naming import MARKER, Names
from openviper.backup._mariadb.preflight import unfinished_schema
from openviper.backup._mariadb.quoting import identifier
from openviper.backup._mariadb.session import Access, Session
from openviper.backup._mariadb.swap import tidy
from openviper.backup._mariadb.swap_plan import SwapPlan, plan_file, read_plan, remove_plan
from openviper.backup._mariadb.swapping import Swapping
from openviper.backup.errors import InvalidInput, RestoreRefused, SwapUnfinished, ToolFailed

if TYPE_CHECKING:
    from pathlib import Path

    from openviper.backup.job import Job

__all__ = ["settle_killed"]

# Seconds: a killed run's connection may take a moment to end.
_PATIENCE = 20


def settle_killed(access: Access, names: Names, file: Path, job: Job, *, new: bool) -> tuple[str, ...]:
    """Finish, or undo, the swap of a run that was killed; return notes.

    Raises:
        InvalidInput: There is none, or it is of another backup.
        RestoreRefused: It had not begun, or is finished.
        TargetBusy: It is still running.
        SwapUnfinished: It still cannot be done.
        ToolFailed: The server cannot be reached.
    """
    with Session(access, job) as session:
        lock_target(session, names, _PATIENCE)
        lock_moves(session, names)
        schema = unfinished_schema(session, names)
        if schema is None:
            return _nothing_to_settle(session, names, file, new=new)
        plan = _marked(session, schema, names)
        if plan.file != str(file.absolute()):
            raise InvalidInput(
                f"The restore of {names.target!r} that was stopped is not of {str(file)!r}, but of {plan.file!r}: name "
                "that one, which need not be there any more"
            )
        swapping = Swapping(plan, access, session, job, job.step)
        try:
            swapping.bring(new=new)
        except ToolFailed as error:
            raise SwapUnfinished(f"The swap of {names.target!r} failed again ({error}): {way_on(plan.file)}") from error
        return (*swapping.notes, *tidy(plan, access, job.step, new=new))


def _nothing_to_settle(session: Session, names: Names, file: Path, *, new: bool) -> tuple[str, ...]:
    """Sweep, where a plan was written and no marker is there: nothing had moved yet, or everything was done."""
    plan = read_plan(file)
    if plan is None:
        raise InvalidInput(f"No restore of {names.target!r} was stopped in its swap: it is as it was, or restored")
    if plan.names.target != names.target:
        message = f"{str(plan_file(file))!r} is of a restore of {plan.names.target!r}, not of {names.target!r}"
        raise InvalidInput(f"{message}: name that database")
    for schema in (names.scratch, names.old):
        drop_made(session, schema)
    remove_plan(file)
    if plan.is_done != new:
        what = "was finished, and the old data is gone" if plan.is_done else "had not begun, and the old data is there"
        raise RestoreRefused(f"The swap of {names.target!r} {what}: restore {'the' if new else 'an older'} backup")
    return (f"The swap of {names.target!r} {'was finished' if new else 'had not begun'} already",)


def _marked(session: Session, schema: str, names: Names) -> SwapPlan:
    text = session.value(f"SELECT plan FROM {identifier(schema)}.{MARKER}")  # noqa: S608 - quoted
    if not text:
        raise InvalidInput(
            f"{schema!r} says that a swap of {names.target!r} was begun, and not of which backup: its table {MARKER!r} "
            "was changed, and what is in both is to be looked at by hand"
        )
    return SwapPlan.from_json(text, f"What stands in {schema!r}")
