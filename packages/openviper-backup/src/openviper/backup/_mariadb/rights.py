"""What the user of a restore may do: tried with nothing in it, or asked; and how an administrator allows it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from openviper.backup._mariadb.beside import drop_made
from openviper.backup._mariadb.catalog import names_of, tables_of
from openviper.backup._mariadb.naming import Names, is_probe, probe_name
from openviper.backup._mariadb.quoting import account, identifier
from openviper.backup._mariadb.session import Session
from openviper.backup.errors import RestoreRefused, ToolFailed
from openviper.backup.job import Job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openviper.backup._mariadb.session import Access

__all__ = ["account_of", "check_rights", "grantee_of", "how_to_allow", "may_set_definers"]


def check_rights(access: Access, session: Session, names: Names, job: Job) -> None:
    """Make sure that the user may do in the target what the swap does there, by doing it with nothing in it.

    Raises:
        RestoreRefused: Something is not allowed; what was made for the trial is gone again.
        ToolFailed: The server cannot be asked; what was made goes with the next restore.
    """
    job.step("try rights")
    _clear(access, session, names)
    try:
        for right, schema, statement in _trying(names):
            if access.is_denied(statement, job):
                raise RestoreRefused(
                    f"{access.connection.shown} may not {right} in {schema!r}, as a swap must. "
                    f"{how_to_allow(names, session)}"
                )
    except RestoreRefused:
        _clear(access, session, names)
        raise


def how_to_allow(names: Names, session: Session) -> str:
    """Return what an administrator can do.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    target, base = _escaped(names.target), _escaped(names.scratch.removesuffix("new"))
    patterns = (identifier(target), identifier(f"{base}%"))
    grantee = grantee_of(session)
    grants = "; ".join(f"GRANT ALL PRIVILEGES ON {each}.* TO {grantee}" for each in patterns)
    return f"An administrator allows it: {grants}"


def _escaped(name: str) -> str:
    """Return a schema's name as GRANT has it, where two characters are wild."""
    return name.replace("\\", "\\\\").replace("_", r"\_").replace("%", r"\%")


def account_of(session: Session) -> str:
    """Return who we are, as a ``DEFINER`` clause has it.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    user, _, host = session.value("SELECT CURRENT_USER()").rpartition("@")
    return f"{identifier(user)}@{identifier(host)}"


def grantee_of(session: Session) -> str:
    """Return who we are, as ``GRANT`` has it.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    user, _, host = session.value("SELECT CURRENT_USER()").rpartition("@")
    return account(user, host)


def may_set_definers(access: Access, schema: str, job: Job) -> bool:
    """Tell whether the user may make what runs as another, by doing so in a schema.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    made = f"{identifier(schema)}.{probe_name()}"
    denied = access.is_denied(f"CREATE DEFINER = openviper_nobody@localhost PROCEDURE {made}() BEGIN END", job)
    if not denied:
        access.is_denied(f"DROP PROCEDURE {made}", job)
    return not denied


def _clear(access: Access, session: Session, names: Names) -> None:
    """Take away what a trial has made, as far as the user may."""
    kinds = ("VIEW", "ROUTINE", "EVENT")
    found = [each for kind in kinds for each in names_of(session, names.target, kind)]
    found += [("TABLE", name) for name in tables_of(session, names.target)]
    with Job() as job, suppress(ToolFailed):
        for kind, name in found:
            if is_probe(name):
                access.is_denied(f"DROP {kind} {identifier(names.target)}.{name}", job)
        drop_made(session, names.probe)


def _trying(names: Names) -> Iterator[tuple[str, str, str]]:
    """Give what is to be allowed, the schema it is tried in, and the statement."""
    target, scratch, beside = names.target, names.scratch, names.probe
    name = probe_name()
    probe, aside, new = (f"{identifier(schema)}.{name}" for schema in (target, beside, scratch))
    yield "create a database", beside, f"CREATE DATABASE {identifier(beside)}"
    yield "create tables", target, f"CREATE TABLE {probe} (a INT)"
    yield "lock tables", target, f"LOCK TABLES {probe} WRITE"
    yield "create triggers", target, f"CREATE TRIGGER {probe} BEFORE INSERT ON {probe} FOR EACH ROW SET @openviper = 1"
    yield "drop triggers", target, f"DROP TRIGGER {probe}"
    yield "rename tables", target, f"RENAME TABLE {probe} TO {aside}"
    yield "rename tables", scratch, f"RENAME TABLE {aside} TO {new}"
    yield "drop tables", scratch, f"DROP TABLE {new}"
    yield "create views", target, f"CREATE VIEW {probe} AS SELECT 1 AS a"
    yield "drop views", target, f"DROP VIEW {probe}"
    yield "create routines", target, f"CREATE PROCEDURE {probe}() BEGIN END"
    yield "drop routines", target, f"DROP PROCEDURE {probe}"
    yield "create events", target, f"CREATE EVENT {probe} ON SCHEDULE EVERY 1 YEAR DISABLE DO SET @openviper = 1"
    yield "drop events", target, f"DROP EVENT {probe}"
    yield "drop a database", beside, f"DROP DATABASE {identifier(beside)}"
