"""The schemas that a restore makes beside its target: known by a table in them, and dropped only where they have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.backup._mariadb.catalog import collation_of, names_of, tables_of
from openviper.backup._mariadb.naming import MADE, is_probe
from openviper.backup._mariadb.quoting import identifier
from openviper.backup._mariadb.session import Session
from openviper.backup.errors import RestoreRefused
from openviper.backup.job import Job

if TYPE_CHECKING:
    from openviper.backup._mariadb.session import Access

__all__ = ["drop_made", "holds_anything", "make_beside", "mark_made"]


def holds_anything(session: Session, schema: str) -> bool:
    """Tell whether there is anything in a schema.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    return bool(tables_of(session, schema)) or _holds_others(session, schema)


def drop_made(session: Session, schema: str) -> None:
    """Drop a schema that a restore has made, if it is there.

    Raises:
        RestoreRefused: It holds something, and no restore has made it.
        ToolFailed: The server cannot be asked, or refuses.
    """
    if collation_of(session, schema) is None:
        return
    tables = set(tables_of(session, schema))
    # A run may have been killed before it had marked what it made.
    is_ours = MADE in tables or (all(map(is_probe, tables)) and not _holds_others(session, schema))
    if not is_ours:
        raise RestoreRefused(
            f"There is a database {schema!r}, which no restore has made, and a restore needs that name: rename it, "
            "or drop it"
        )
    session.run(f"DROP DATABASE {identifier(schema)}")


def make_beside(access: Access, session: Session, schema: str, collation: str | None, job: Job) -> bool:
    """Make a schema, anew where a killed run has left it; tell whether the user may.

    Raises:
        RestoreRefused: There is one that no restore has made.
        ToolFailed: The server cannot be asked, or refuses.
    """
    drop_made(session, schema)
    collate = f" COLLATE {collation}" if collation else ""
    if access.refusal(f"CREATE DATABASE {identifier(schema)}{collate}", job) is not None:
        return False
    # Unmarked, it could hold nothing.
    with Job() as marking, Session(access, marking) as marker:
        mark_made(marker, schema)
    return True


def mark_made(session: Session, schema: str) -> None:
    """Write into a new schema that a restore has made it.

    Raises:
        ToolFailed: The server cannot be asked, or refuses.
    """
    columns = "file LONGTEXT, plan LONGTEXT"
    session.run(f"CREATE TABLE {identifier(schema)}.{MADE} ({columns}) ENGINE = InnoDB CHARACTER SET utf8mb4")


def _holds_others(session: Session, schema: str) -> bool:
    return any(names_of(session, schema, kind) for kind in ("ROUTINE", "VIEW", "EVENT"))
