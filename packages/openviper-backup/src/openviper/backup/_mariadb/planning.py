"""A look at both sides of a swap, before it begins: what is to be moved, and what is to be made again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._mariadb.catalog import Definition, collation_of, definitions, tables_of
from openviper.backup._mariadb.event_state import event_state
from openviper.backup._mariadb.naming import MADE, UNFINISHED, Names
from openviper.backup._mariadb.quoting import identifier, named
from openviper.backup._mariadb.swap_plan import SwapPlan
from openviper.backup.errors import RestoreRefused

if TYPE_CHECKING:
    from openviper.backup._mariadb.loading import Definers
    from openviper.backup._mariadb.session import Session

__all__ = ["make_plan", "parentless"]


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
        RestoreRefused: The user may not see how something is defined, or an event cannot be read.
        ToolFailed: The server cannot be asked.
    """
    if keep_old:
        taken = session.values("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA")
        names = replace(names, old=names.kept(taken))
    new = (_of_target(_enabled(each, enabled), names) for each in definitions(session, names.scratch))
    return SwapPlan(
        file=str(file.absolute()),
        names=names,
        collation=collation_of(session, names.target) or "",
        made_target=made_target,
        keep_old=keep_old,
        old_tables=tuple(name for name in tables_of(session, names.target) if name != UNFINISHED),
        new_tables=tuple(name for name in tables_of(session, names.scratch) if name != MADE),
        old=tuple(definitions(session, names.target)),
        new=tuple(new),
        defaults=_defaults(session, names),
        replaces="mariadb" in session.value("SELECT VERSION()").lower(),
        account="" if definers.may_set else definers.account,
    )


def _enabled(definition: Definition, enabled: set[str]) -> Definition:
    if definition.kind != "EVENT" or definition.name not in enabled:
        return definition
    statement = definition.statement.encode("utf-8", "surrogateescape")
    if (state := event_state(statement)) is None:
        raise RestoreRefused(
            f"The event {definition.name!r} cannot be read ({definition.statement[:200]!r}), and would stay disabled: "
            "drop it before the backup"
        )
    changed = statement[: state[1]] + b"ENABLE" + statement[state[2] :]
    return replace(definition, statement=changed.decode("utf-8", "surrogateescape"))


def _of_target(definition: Definition, names: Names) -> Definition:
    """Return it with the target's name where a view names the database that it was loaded into."""
    if definition.kind != "VIEW":
        return definition
    changed = definition.statement.replace(f"{identifier(names.scratch)}.", f"{identifier(names.target)}.")
    return replace(definition, statement=changed)


def _defaults(session: Session, names: Names) -> tuple[tuple[str, str, str], ...]:
    """Return the defaults that take the next value of a sequence, which they name with its schema."""
    rows = session.rows(
        f"SELECT TABLE_NAME, COLUMN_NAME, COLUMN_DEFAULT FROM information_schema.COLUMNS "  # noqa: S608 - quoted
        f"WHERE {named('TABLE_SCHEMA', names.scratch)} AND COLUMN_DEFAULT LIKE '%val(%'"
    )
    scratch, target = f"{identifier(names.scratch)}.", f"{identifier(names.target)}."
    texts = [tuple(field.decode("utf-8", "surrogateescape") for field in row) for row in rows]
    return tuple(
        (table, column, f"({default.replace(scratch, target)})")
        for table, column, default in texts
        if scratch in default
    )


def parentless(session: Session, names: Names) -> list[str]:
    """Return a note for each foreign key that was loaded without the table it refers to: it would find it beside.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    there = {*tables_of(session, names.scratch)}
    rows = session.rows(
        "SELECT CONSTRAINT_NAME, TABLE_NAME, REFERENCED_TABLE_NAME FROM "  # noqa: S608 - quoted
        f"information_schema.REFERENTIAL_CONSTRAINTS WHERE {named('CONSTRAINT_SCHEMA', names.scratch)} "
        f"AND {named('UNIQUE_CONSTRAINT_SCHEMA', names.scratch)}"
    )
    texts = [tuple(field.decode("utf-8", "surrogateescape") for field in row) for row in rows]
    return [
        f"The foreign key {constraint!r} of {table!r} refers to a table {parent!r} that is not in the backup, and to "
        f"one of the database {names.scratch!r} from now on: drop it, and create it again"
        for constraint, table, parent in texts
        if parent not in there
    ]
