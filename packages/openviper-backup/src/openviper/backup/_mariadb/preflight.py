"""Before anything is loaded: may this user do all that a swap needs, and is nothing of an older one left?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.backup._mariadb.catalog import collation_of, definitions
from openviper.backup._mariadb.definers import without_definer
from openviper.backup._mariadb.naming import MARKER, PROBE, Names
from openviper.backup._mariadb.quoting import identifier, literal, named
from openviper.backup._mariadb.swapping import way_on
from openviper.backup.errors import RestoreRefused

if TYPE_CHECKING:
    from pathlib import Path

    from openviper.backup._mariadb.session import Access, Session
    from openviper.backup.job import Job

__all__ = [
    "account_of",
    "check_definers",
    "check_folder",
    "check_foreign_keys",
    "check_rights",
    "check_unfinished",
    "definer_of",
    "how_to_allow",
    "is_denied",
    "may_set_definers",
    "unfinished_schema",
]

_DENIED = {1044, 1045, 1142, 1227, 1370, 1410, 1419}
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
        found = [tuple((field or b"").decode(errors="replace") for field in row) for row in rows]
        shown = ", ".join(f"{constraint!r} of {schema}.{table}" for schema, table, constraint in found[:_LISTED])
        more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise RestoreRefused(
            f"Foreign keys in other databases refer to {target!r}, and would follow its old tables: {shown}{more}; "
            "drop them before, and create them again behind"
        )


def check_rights(access: Access, names: Names, job: Job) -> None:
    """Make sure that the user may do in the target what the swap does there, by doing it with nothing in it.

    Raises:
        RestoreRefused: Something is not allowed.
        ToolFailed: The server cannot be asked.
    """
    for statement in (*_clearing(names), *_trying(names)):
        number = access.try_statement(statement, job)
        if number is not None:
            what = statement.partition("openviper")[0].strip(" `.") + " ..."
            raise RestoreRefused(
                f"{access.connection.shown} may not do in {names.target!r} and beside it what a swap needs "
                f"({what}: error {number}). {how_to_allow(names)}"
            )


def how_to_allow(names: Names) -> str:
    """Return what an administrator can do, and what goes without."""
    pattern = names.scratch.removesuffix("_new").replace("\\", "\\\\").replace("_", r"\_").replace("%", r"\%")
    return (
        f"An administrator allows it: GRANT ALL PRIVILEGES ON {identifier(names.target)}.* TO CURRENT_USER; "
        f"GRANT ALL PRIVILEGES ON {identifier(pattern + chr(92) + '_%')}.* TO that user; "
        "--in-place loads into the target itself instead, where a failure leaves it half loaded"
    )


def is_denied(number: int | None) -> bool:
    """Tell whether an error of the server says that a right is missing."""
    return number in _DENIED


def _clearing(names: Names) -> list[str]:
    probe = f"{identifier(names.target)}.{PROBE}"
    return [f"DROP {kind} IF EXISTS {probe}" for kind in ("VIEW", "PROCEDURE", "EVENT", "TABLE")]


def _trying(names: Names) -> list[str]:
    probe, beside = f"{identifier(names.target)}.{PROBE}", f"{identifier(names.old)}.{PROBE}"
    return [
        f"CREATE DATABASE IF NOT EXISTS {identifier(names.old)}",
        f"CREATE TABLE {probe} (a INT)",
        f"CREATE TRIGGER {probe} BEFORE INSERT ON {probe} FOR EACH ROW SET @openviper = 1",
        f"DROP TRIGGER {probe}",
        f"RENAME TABLE {probe} TO {beside}",
        f"RENAME TABLE {beside} TO {identifier(names.scratch)}.{PROBE}",
        f"DROP TABLE {identifier(names.scratch)}.{PROBE}",
        f"CREATE VIEW {probe} AS SELECT 1 AS a",
        f"DROP VIEW {probe}",
        f"CREATE PROCEDURE {probe}() BEGIN END",
        f"DROP PROCEDURE {probe}",
        f"CREATE EVENT {probe} ON SCHEDULE EVERY 1 YEAR DISABLE DO SET @openviper = 1",
        f"DROP EVENT {probe}",
        f"DROP DATABASE {identifier(names.old)}",
    ]


def account_of(session: Session) -> str:
    """Return who we are, as a ``DEFINER`` clause has it.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    user, _, host = session.value("SELECT CURRENT_USER()").rpartition("@")
    return f"{identifier(user)}@{identifier(host)}"


def may_set_definers(access: Access, schema: str, job: Job) -> bool:
    """Tell whether the user may make what runs as another, by doing so in a schema of ours.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    made = f"{identifier(schema)}.{PROBE}"
    number = access.try_statement(f"CREATE DEFINER = openviper_nobody@localhost PROCEDURE {made}() BEGIN END", job)
    access.try_statement(f"DROP PROCEDURE IF EXISTS {made}", job)
    return number is None


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
        if (definer := definer_of(each.statement)) not in (None, account)
    }
    if foreign:
        raise RestoreRefused(
            f"{target!r} holds what runs as others, and {account} could not put it back: "
            f"{', '.join(sorted(foreign)[:_LISTED])}; restore as a user with SET USER (GRANT SET USER ON *.* TO "
            "...), or drop it before"
        )


def definer_of(statement: str) -> str | None:
    """Return the account in a statement's ``DEFINER`` clause."""
    return without_definer(statement.encode("utf-8", "surrogateescape"))[0]


def check_folder(file: Path) -> None:
    """Make sure that what the swap must remember can stand beside the backup.

    Raises:
        RestoreRefused: It cannot.
    """
    probe = file.with_name(f"{file.name}.swap.part")
    try:
        probe.touch(0o600)
        probe.unlink()
    except OSError as error:
        raise RestoreRefused(
            f"{str(file.parent)!r} cannot be written ({error.strerror}), and what a swap must remember beyond a kill "
            "stands beside the backup; copy the backup and its .meta.json to a folder that can"
        ) from error
