"""What the user of a restore may do: tried with nothing in it, or asked; and how an administrator allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from openviper.backup._mariadb.beside import drop_made
from openviper.backup._mariadb.catalog import names_of, tables_of
from openviper.backup._mariadb.kinds import KINDS
from openviper.backup._mariadb.naming import Names, is_probe, probe_name
from openviper.backup._mariadb.quoting import account, identifier
from openviper.backup._mariadb.reaching import taking_away
from openviper.backup._mariadb.session import Session
from openviper.backup.errors import RestoreRefused
from openviper.backup.job import Job

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openviper.backup._mariadb.session import Access

__all__ = ["account_of", "check_rights", "check_rights_within", "how_to_allow", "may_set_definers"]

# What is to be allowed, the schema it is tried in, and the statement, or what the server says of it.
_Trial: TypeAlias = tuple[str, str, str]


def check_rights(access: Access, session: Session, names: Names, job: Job) -> None:
    """Make sure that the user may do in the target what the swap does there, by doing it with nothing in it.

    Raises:
        RestoreRefused: Something is not allowed; what was made for the trial is gone again.
        ToolFailed: The server cannot be asked; likewise, or the message says what is left.
        Interrupted: Likewise.
    """
    job.step("try rights")
    if refused := _first_refused(access, names, _swapping(names), job):
        right, schema, said = refused
        raise RestoreRefused(
            f"{access.connection.shown} may not {right} in {schema!r}, as a swap must ({said}). "
            f"{how_to_allow(names, session)}"
        )


def check_rights_within(access: Access, session: Session, names: Names, kinds: set[str], job: Job) -> None:
    """Make sure that the user may empty the target itself and load tables, and what else there is, into it.

    Args:
        kinds: Of ``VIEW``, ``TRIGGER``, ``ROUTINE``, ``EVENT``.

    Raises:
        RestoreRefused, ToolFailed, Interrupted: As :func:`check_rights`.
    """
    job.step("try rights")
    if refused := _first_refused(access, names, _loading(names, kinds), job):
        right, schema, said = refused
        # What a binary log wants is no right on a database.
        grants = "" if "1419" in said else f". An administrator allows it: {_grant(schema, session)}"
        raise RestoreRefused(
            f"{access.connection.shown} may not {right} in {schema!r}, as a restore into it must ({said}){grants}"
        )


def how_to_allow(names: Names, session: Session) -> str:
    """Return what an administrator can do.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    schemas = (names.target, names.scratch.removesuffix("new"))
    patterns = (_grant(schemas[0], session), _grant(schemas[1], session, more="%"))
    return f"An administrator allows it: {'; '.join(patterns)}"


def _grant(schema: str, session: Session, *, more: str = "") -> str:
    return f"GRANT ALL PRIVILEGES ON {identifier(_escaped(schema) + more)}.* TO {_grantee_of(session)}"


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


def _grantee_of(session: Session) -> str:
    """Return who we are, as ``GRANT`` has it."""
    user, _, host = session.value("SELECT CURRENT_USER()").rpartition("@")
    return account(user, host)


def may_set_definers(access: Access, schema: str, job: Job) -> bool:
    """Tell whether the user may make what runs as another, by doing so in a schema.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    made = f"{identifier(schema)}.{probe_name()}"
    said = access.refusal(f"CREATE DEFINER = openviper_nobody@localhost PROCEDURE {made}() BEGIN END", job)
    if said is not None:
        return False
    with Job() as dropping:
        left = access.refusal(f"DROP PROCEDURE {made}", dropping)
    if left is not None:
        raise RestoreRefused(
            f"The procedure {made} was made to try rights, and {access.connection.shown} may not drop it ({left}): let "
            "an administrator do so, and allow ALTER ROUTINE"
        )
    return True


def _first_refused(access: Access, names: Names, trials: Iterable[_Trial], job: Job) -> _Trial | None:
    """Try, and return the first that is refused, with what the server says; what was made is gone, or is told of."""
    _clear(access, names)
    with taking_away("what was made to try rights", lambda: _clear(access, names)):
        for right, schema, statement in trials:
            if (said := access.refusal(statement, job)) is not None:
                return right, schema, said
    return None


def _clear(access: Access, names: Names) -> None:
    """Take away what a trial has made.

    Raises:
        RestoreRefused, ToolFailed: It cannot be.
    """
    with Job() as job, Session(access, job) as session:
        found = [each for kind in ("VIEW", "ROUTINE", "EVENT") for each in names_of(session, names.target, kind)]
        found += [("TABLE", name) for name in tables_of(session, names.target)]
        for kind, name in found:
            if is_probe(name):
                session.run(f"DROP {kind} {identifier(names.target)}.{name}")
        drop_made(session, names.probe)


def _swapping(names: Names) -> Iterator[_Trial]:
    target, scratch, beside = names.target, names.scratch, names.probe
    name = probe_name()
    probe, aside, new = (f"{identifier(schema)}.{name}" for schema in (target, beside, scratch))
    yield from _dropping(target, probe, {*KINDS})
    yield "create a database", beside, f"CREATE DATABASE {identifier(beside)}"
    yield "create tables", target, f"CREATE TABLE {probe} (a INT)"
    yield "lock tables", target, f"LOCK TABLES {probe} WRITE"
    yield from _making(target, probe, {"TRIGGER"})
    yield "rename tables", target, f"RENAME TABLE {probe} TO {aside}"
    yield "rename tables", scratch, f"RENAME TABLE {aside} TO {new}"
    yield "drop tables", scratch, f"DROP TABLE {new}"
    yield from _making(target, probe, {*KINDS} - {"TRIGGER"})
    yield "drop a database", beside, f"DROP DATABASE {identifier(beside)}"


def _loading(names: Names, kinds: set[str]) -> Iterator[_Trial]:
    target, probe = names.target, f"{identifier(names.target)}.{probe_name()}"
    yield from _dropping(target, probe, kinds)
    yield "create tables", target, f"CREATE TABLE {probe} (a INT PRIMARY KEY)"
    yield "write rows", target, f"INSERT INTO {probe} VALUES (1)"  # noqa: S608 - quoted
    yield "lock tables", target, f"LOCK TABLES {probe} WRITE"
    yield "alter tables", target, f"ALTER TABLE {probe} DISABLE KEYS"
    yield from _making(target, probe, kinds & {"TRIGGER"})
    yield "drop tables", target, f"DROP TABLE {probe}"
    yield from _making(target, probe, kinds - {"TRIGGER"})


def _dropping(schema: str, probe: str, kinds: set[str]) -> Iterator[_Trial]:
    """Give what must be allowed before anything is made, which could not be taken away otherwise."""
    yield "drop tables", schema, f"DROP TABLE IF EXISTS {probe}"
    if "ROUTINE" in kinds:
        yield "drop routines", schema, f"DROP PROCEDURE IF EXISTS {probe}"


def _making(schema: str, probe: str, kinds: set[str]) -> Iterator[_Trial]:
    if "TRIGGER" in kinds:
        made = f"CREATE TRIGGER {probe} BEFORE INSERT ON {probe} FOR EACH ROW SET @openviper = 1"
        yield "create triggers", schema, made
        yield "drop triggers", schema, f"DROP TRIGGER {probe}"
    if "VIEW" in kinds:
        yield "create views", schema, f"CREATE VIEW {probe} AS SELECT 1 AS a"
        yield "drop views", schema, f"DROP VIEW {probe}"
    if "ROUTINE" in kinds:
        yield "create routines", schema, f"CREATE PROCEDURE {probe}() BEGIN END"
        yield "drop routines", schema, f"DROP PROCEDURE {probe}"
    if "EVENT" in kinds:
        made = f"CREATE EVENT {probe} ON SCHEDULE EVERY 1 YEAR DISABLE DO SET @openviper = 1"
        yield "create events", schema, made
        yield "drop events", schema, f"DROP EVENT {probe}"
