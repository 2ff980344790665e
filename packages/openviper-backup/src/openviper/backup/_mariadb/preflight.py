"""Before anything is loaded: does nothing stand in the way of a swap, and is nothing of an older one left?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from openviper.backup._durable import create_new
from openviper.backup._mariadb.catalog import collation_of, definitions, tables_of
from openviper.backup._mariadb.definers import without_definer
from openviper.backup._mariadb.making import way_on
from openviper.backup._mariadb.naming import DEFINITIONS, MARKER, Names
from openviper.backup._mariadb.quoting import identifier, literal, named
from openviper.backup._mariadb.reserved import reserved_in
from openviper.backup.errors import RestoreRefused

if TYPE_CHECKING:
    from pathlib import Path

    from openviper.backup._mariadb.session import Session

__all__ = [
    "check_definers",
    "check_folder",
    "check_foreign_keys",
    "check_names",
    "check_unfinished",
    "unfinished_schema",
]

_LISTED = 5


def check_unfinished(session: Session, names: Names) -> None:
    """Make sure that no swap of this target has begun and not ended.

    Raises:
        RestoreRefused: One has; with what finishes it.
    """
    schema = unfinished_schema(session, names)
    if schema is not None:
        query = f"SELECT file FROM {identifier(schema)}.{MARKER}"  # noqa: S608 - quoted
        file = session.value(query) or "FILE"
        raise RestoreRefused(
            f"A restore of {names.target!r} was stopped in its swap, {schema!r} holds the old tables: {way_on(file)}"
        )


def unfinished_schema(session: Session, names: Names) -> str | None:
    """Return the schema of the old tables of a swap that has begun and not ended.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    query = f"SELECT TABLE_SCHEMA FROM information_schema.TABLES WHERE TABLE_NAME = '{MARKER}'"  # noqa: S608 - ours
    marked = session.values(query)
    return next((schema for schema in marked if schema == names.old or schema.startswith(f"{names.old}_")), None)


def check_names(session: Session, target: str, *, keep_old: bool) -> None:
    """Make sure that no table of the target has a name that a restore needs for one of its own.

    Raises:
        RestoreRefused: One has.
        ToolFailed: The server cannot be asked.
    """
    kept = DEFINITIONS if keep_old and DEFINITIONS in tables_of(session, target) else None
    if taken := reserved_in(session, target) or kept:
        raise RestoreRefused(
            f"{target!r} has a table {taken!r}, a name that restores use for themselves: rename the table, or drop it"
        )


def check_foreign_keys(session: Session, target: str) -> None:
    """Make sure that no table of another schema refers to one of the target's: it would follow the old one.

    Raises:
        RestoreRefused: Some do.
    """
    rows = session.rows(
        "SELECT DISTINCT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME FROM "  # noqa: S608 - quoted
        f"information_schema.REFERENTIAL_CONSTRAINTS WHERE {named('UNIQUE_CONSTRAINT_SCHEMA', target)} "
        f"AND BINARY CONSTRAINT_SCHEMA <> {literal(target)}"
    )
    if rows:
        found = [tuple(field.decode(errors="replace") for field in row) for row in rows]
        shown = ", ".join(f"{constraint!r} of {schema}.{table}" for schema, table, constraint in found[:_LISTED])
        more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise RestoreRefused(
            f"Foreign keys in other databases refer to {target!r}, and would follow its old tables: {shown}{more}; "
            "drop them first, and create them again afterwards"
        )


def check_definers(session: Session, target: str, account: str) -> None:
    """Make sure that all in the target could be put back by a user who may not make what runs as another.

    Raises:
        RestoreRefused: Some could not, or the user may not even see them.
    """
    if collation_of(session, target) is None:
        return
    foreign = {
        f"{each.kind.lower()} {each.name!r} of {definer}"
        for each in definitions(session, target)
        if (definer := _definer_of(each.statement)) not in (None, account)
    }
    if foreign:
        raise RestoreRefused(
            f"{target!r} holds what runs as others, and {account} could not put it back: "
            f"{', '.join(sorted(foreign)[:_LISTED])}; restore as a user with SET USER (GRANT SET USER ON *.* TO "
            f"{account}; MySQL: SET_ANY_DEFINER), or drop it before"
        )


def _definer_of(statement: str) -> str | None:
    """Return the account in a statement's ``DEFINER`` clause."""
    return without_definer(statement.encode("utf-8", "surrogateescape"))[0]


def check_folder(file: Path) -> None:
    """Make sure that what the swap must remember can stand beside the backup.

    Raises:
        RestoreRefused: It cannot.
    """
    probe = file.with_name(f"{file.name}.swap.part")
    try:
        probe.unlink(missing_ok=True)
        os.close(create_new(probe))
        probe.unlink()
    except OSError as error:
        raise RestoreRefused(
            f"{str(file.parent)!r} cannot be written ({error.strerror}), and what a swap must remember beyond a kill "
            "stands beside the backup; copy the backup and its .meta.json to a folder that can"
        ) from error
