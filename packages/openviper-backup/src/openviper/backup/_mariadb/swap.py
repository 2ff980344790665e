"""The swap of one restore: written down, done, and where it fails put right again; and what is left of a killed one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._mariadb.catalog import Definition, collation_of, definitions, tables_of
from openviper.backup._mariadb.definers import without_definer
from openviper.backup._mariadb.moves import moves_to
from openviper.backup._mariadb.naming import MARKER, Names
from openviper.backup._mariadb.preflight import unfinished_schema
from openviper.backup._mariadb.quoting import identifier, literal, named
from openviper.backup._mariadb.session import Access, Session, error_number
from openviper.backup._mariadb.swap_plan import SwapPlan, plan_file, read_plan, remove_plan, write_plan
from openviper.backup._mariadb.swapping import Swapping, quiet, way_on
from openviper.backup.errors import BackupError, InvalidInput, RestoreRefused, SwapUnfinished, TargetBusy, ToolFailed
from openviper.backup.job import Job

if TYPE_CHECKING:
    from openviper.backup._mariadb.loading import Definers

__all__ = ["make_plan", "settle_killed", "swap"]

#: How long a killed run's connection may take to end.
_LOCK_SECONDS = 20
_IN_USE = 1205


def make_plan(
    session: Session,
    names: Names,
    file: Path,
    *,
    keep_old: bool,
    made_target: bool,
    enabled: set[str],
    definers: Definers,
) -> SwapPlan:
    """Look at both sides.

    Args:
        enabled: Events that were loaded disabled, and are not.

    Raises:
        RestoreRefused: The user may not see how something is defined.
        ToolFailed: The server cannot be asked.
    """
    names = replace(names, old=names.kept()) if keep_old else names
    scratch, target = identifier(names.scratch), identifier(names.target)
    old = [_allowed(each, definers) for each in definitions(session, names.target)]
    new = [
        replace(_enabled(each, enabled), statement=each.statement.replace(f"{scratch}.", f"{target}."))
        if each.kind == "VIEW"
        else _enabled(each, enabled)
        for each in definitions(session, names.scratch)
    ]
    return SwapPlan(
        file=str(file.absolute()),
        names=names,
        collation=collation_of(session, names.target) or "",
        made_target=made_target,
        keep_old=keep_old,
        old_tables=tuple(tables_of(session, names.target)),
        new_tables=tuple(tables_of(session, names.scratch)),
        old=tuple(old),
        new=tuple(new),
        defaults=_defaults(session, names),
        replaces="mariadb" in session.value("SELECT VERSION()").lower(),
    )


def _enabled(definition: Definition, enabled: set[str]) -> Definition:
    if definition.kind != "EVENT" or definition.name not in enabled:
        return definition
    # The first one is the server's own word: before it stand a name and a schedule, the comment and the body behind.
    before, _, behind = definition.statement.partition(" PRESERVE DISABLE ")
    return replace(definition, statement=f"{before} PRESERVE ENABLE {behind}")


def _allowed(definition: Definition, definers: Definers) -> Definition:
    if definers.may_set or not definers.skip:
        return definition
    definer, without = without_definer(definition.statement.encode("utf-8", "surrogateescape"))
    if definer in (None, definers.account):
        return definition
    return replace(definition, statement=without.decode("utf-8", "surrogateescape"))


def _defaults(session: Session, names: Names) -> tuple[tuple[str, str, str], ...]:
    """Return the defaults that take the next value of a sequence, which they name with its schema."""
    rows = session.rows(
        f"SELECT TABLE_NAME, COLUMN_NAME, COLUMN_DEFAULT FROM information_schema.COLUMNS "  # noqa: S608 - quoted
        f"WHERE {named('TABLE_SCHEMA', names.scratch)} AND COLUMN_DEFAULT LIKE '%val(%'"
    )
    scratch, target = f"{identifier(names.scratch)}.", f"{identifier(names.target)}."
    texts = [tuple((field or b"").decode("utf-8", "surrogateescape") for field in row) for row in rows]
    return tuple(
        (table, column, f"({default.replace(scratch, target)})")
        for table, column, default in texts
        if scratch in default
    )


def swap(plan: SwapPlan, file: Path, access: Access, session: Session, job: Job) -> tuple[str, ...]:
    """Put the new tables, and all else, in the old ones' place; return notes.

    Until the tables have moved it can be cancelled, and undoes what it has begun; behind that it goes on to its end.

    Args:
        session: Holds the target's lock; it is closed where something fails.

    Raises:
        RestoreRefused: The tables are in use; the target is as it was.
        ToolFailed: Something failed; the target is as it was.
        Interrupted: Likewise.
        SwapUnfinished: It could neither be finished nor undone.
    """
    job.step("swap: write plan")
    write_plan(plan, file)
    step: Callable[[str], None] = job.step
    try:
        _mark(plan, session, step)
        swapping = Swapping(plan, access, session, job, step)
        swapping.settle(new=True)
        notes = swapping.notes
    except BaseException as error:
        session.close()
        finished = _put_right(plan, access, step, error)
        if finished is None:
            remove_plan(file)
            raise _explained(error, plan) from error
        notes = finished
    quiet(step)("swap: forget")
    remove_plan(file, keep_sql=plan.keep_old)
    return tuple(notes)


def _mark(plan: SwapPlan, session: Session, step: Callable[[str], None]) -> None:
    step("swap: mark")
    marker = f"{identifier(plan.names.old)}.{MARKER}"
    session.run(
        f"CREATE DATABASE IF NOT EXISTS {identifier(plan.names.old)}",
        f"CREATE TABLE {marker} (file LONGTEXT, plan LONGTEXT) ENGINE = InnoDB CHARACTER SET utf8mb4",
        f"INSERT INTO {marker} VALUES ({literal(plan.file)}, {literal(plan.to_json())})",  # noqa: S608 - quoted
    )


def _put_right(plan: SwapPlan, access: Access, step: Callable[[str], None], error: BaseException) -> list[str] | None:
    """Finish what has moved, undo what has not; return notes where it is finished, ``None`` where it is undone."""
    try:
        with Job() as job, Session(access, job) as session:
            _lock(session, plan.names, _LOCK_SECONDS)
            moves = moves_to(plan, session, new=True)
            has_moved = moves.has_begun and not (moves.out or moves.into)
            # What cannot be made in its place now cannot be a moment later.
            is_new = has_moved and not isinstance(error, SwapUnfinished)
            swapping = Swapping(plan, access, session, job, quiet(step))
            swapping.settle(new=is_new)
            return swapping.notes if is_new else None
    except BackupError as second:
        message = f"The swap of {plan.names.target!r} failed ({error}), and so did what followed ({second})"
        raise SwapUnfinished(f"{message}: {way_on(plan.file)}") from error


def _explained(error: BaseException, plan: SwapPlan) -> BaseException:
    if isinstance(error, ToolFailed) and error_number(error) == _IN_USE:
        return RestoreRefused(
            f"Tables of {plan.names.target!r} are in use by open transactions, and could not be moved within 10 s "
            "(SHOW PROCESSLIST shows by whom); the old data is in its place, try again"
        )
    if isinstance(error, SwapUnfinished):
        return RestoreRefused(f"{str(error).partition(way_on(plan.file))[0]}The old data is back in its place")
    return error


def _lock(session: Session, names: Names, seconds: int) -> None:
    if not session.lock(names.lock, seconds):
        raise TargetBusy(f"Another restore of {names.target!r} is running: wait for its end")


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
        _lock(session, names, _LOCK_SECONDS)
        plan = _plan_of(session, names, file)
        if plan is None:
            return _nothing_to_settle(session, names, file, new=new)
        swapping = Swapping(plan, access, session, job, job.step)
        try:
            swapping.settle(new=new)
        except ToolFailed as error:
            raise SwapUnfinished(f"The swap of {names.target!r} failed again ({error}): {way_on(plan.file)}") from error
    job.step("swap: forget")
    remove_plan(file, keep_sql=new and plan.keep_old)
    return tuple(swapping.notes)


def _nothing_to_settle(session: Session, names: Names, file: Path, *, new: bool) -> tuple[str, ...]:
    """Sweep, where a plan was written and no marker is there: nothing had moved yet, or everything was done."""
    is_done = not tables_of(session, names.scratch)
    for schema in (names.scratch, names.old):
        if collation_of(session, schema) is not None:
            session.run(f"DROP DATABASE {identifier(schema)}")
    remove_plan(file)
    if is_done != new:
        what = "was finished, and the old data is gone" if is_done else "had not begun, and the old data is there"
        raise RestoreRefused(f"The swap of {names.target!r} {what}: restore {'the' if new else 'an older'} backup")
    return (f"The swap of {names.target!r} {'was finished' if new else 'had not begun'} already",)


def _plan_of(session: Session, names: Names, file: Path) -> SwapPlan | None:
    schema = unfinished_schema(session, names)
    plan = read_plan(file)
    if plan is not None and plan.names.target != names.target:
        message = f"{str(plan_file(file))!r} is of a restore of {plan.names.target!r}, not of {names.target!r}"
        raise InvalidInput(f"{message}: name that database")
    if schema is None:
        if plan is None:
            raise InvalidInput(f"No restore of {names.target!r} was stopped in its swap: it is as it was, or restored")
        # Everything was done but this one: the marker is dropped last.
        return None
    if plan is not None and plan.names.old == schema:
        return plan
    return _marked(session, schema, names)


def _marked(session: Session, schema: str, names: Names) -> SwapPlan:
    text = session.value(f"SELECT plan FROM {identifier(schema)}.{MARKER}")  # noqa: S608 - quoted
    if not text:
        raise InvalidInput(
            f"{schema!r} says that a swap of {names.target!r} was begun, and not of which backup; nothing was moved: "
            f"drop {schema!r}"
        )
    return SwapPlan.from_json(text, f"What stands in {schema!r}")
