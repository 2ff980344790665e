"""What is in a schema: its tables, and the statements that make everything else again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openviper.backup._mariadb.headers import unqualified_trigger
from openviper.backup._mariadb.quoting import identifier, named
from openviper.backup.errors import RestoreRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openviper.backup._mariadb.session import Row, Session

__all__ = ["Definition", "collation_of", "definers_of_events", "definitions", "names_of", "tables_of"]

_TABLES = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE {where} AND TABLE_TYPE <> 'VIEW' ORDER BY 1"
_KINDS = {
    "ROUTINE": "SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE {where} ORDER BY 1, 2",
    "VIEW": "SELECT 'VIEW', TABLE_NAME FROM information_schema.VIEWS WHERE {where} ORDER BY 2",
    "TRIGGER": "SELECT 'TRIGGER', TRIGGER_NAME FROM information_schema.TRIGGERS WHERE {where} "
    "ORDER BY EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_TIMING, ACTION_ORDER",
    "EVENT": "SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE {where} ORDER BY 2",
}
_SCHEMA_COLUMN = {
    "ROUTINE": "ROUTINE_SCHEMA",
    "VIEW": "TABLE_SCHEMA",
    "TRIGGER": "TRIGGER_SCHEMA",
    "EVENT": "EVENT_SCHEMA",
}
# Where SHOW CREATE has sql_mode, time_zone, the statement, and the first of the character sets.
_COLUMNS = {"VIEW": (None, None, 1, 2), "TRIGGER": (1, None, 2, 3), "EVENT": (1, 2, 3, 4)}
_ROUTINE_COLUMNS = (1, None, 2, 3)


@dataclass(frozen=True, slots=True)
class Definition:
    """A routine, view, trigger or event.

    Attributes:
        kind: ``VIEW``, ``PROCEDURE``, ``PACKAGE BODY`` …
        statement: ``CREATE …``, in the client's character set, bytes that are no UTF-8 as lone surrogates.
        sql_mode, time_zone: Of its creation; ``None`` where it has none.
        client, connection: Character set and collation of its creation.
        database: The schema's collation at its creation.
    """

    kind: str
    name: str
    statement: str
    client: str
    connection: str
    database: str | None = None
    sql_mode: str | None = None
    time_zone: str | None = None


def tables_of(session: Session, schema: str) -> list[str]:
    """Return the names of its tables and sequences.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    return session.values(_TABLES.format(where=named("TABLE_SCHEMA", schema)))


def names_of(session: Session, schema: str, kind: str) -> list[tuple[str, str]]:
    """Return kind and name of each of its routines (``ROUTINE``), or of one of the other kinds.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    rows = session.rows(_KINDS[kind].format(where=named(_SCHEMA_COLUMN[kind], schema)))
    return [(_text(row, 0), _text(row, 1)) for row in rows]


def definers_of_events(session: Session, schema: str) -> dict[str, str]:
    """Return the account that each of its events runs as, as a ``DEFINER`` clause has it, by the event's name.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    where = named("EVENT_SCHEMA", schema)
    rows = session.rows(f"SELECT EVENT_NAME, DEFINER FROM information_schema.EVENTS WHERE {where}")  # noqa: S608 - quoted
    parts = {_text(row, 0): _text(row, 1).rpartition("@") for row in rows}
    return {name: f"{identifier(user)}@{identifier(host)}" for name, (user, _, host) in parts.items()}


def collation_of(session: Session, schema: str) -> str | None:
    """Return the schema's default collation; ``None``: there is no such schema.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    query = f"SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE {named('SCHEMA_NAME', schema)}"  # noqa: S608 - quoted
    return session.value(query) or None


def definitions(session: Session, schema: str) -> list[Definition]:
    """Return everything but tables, in the order in which it can be made again.

    Raises:
        RestoreRefused: The user may not see how something is defined.
        ToolFailed: The server cannot be asked.
    """
    found: list[Definition] = []
    session.run(f"USE {identifier(schema)}", "SET character_set_results = binary")
    for kind in _KINDS:
        made = [_definition(session, each, name) for each, name in names_of(session, schema, kind)]
        found += _sorted_views(made) if kind == "VIEW" else made
    session.run("SET character_set_results = utf8mb4")
    return found


def _definition(session: Session, kind: str, name: str) -> Definition:
    row = session.rows(f"SHOW CREATE {kind} {identifier(name)}")[0]
    mode, zone, statement, client = _COLUMNS.get(kind, _ROUTINE_COLUMNS)
    text = row[statement]
    if text == b"NULL":
        raise RestoreRefused(
            f"The user may not see how the {kind.lower()} {name!r} is defined, which another has made, nor put "
            "it back; restore as its definer, or as a user who may read mysql.proc"
        )
    return Definition(
        kind,
        name,
        (unqualified_trigger(text) if kind == "TRIGGER" else text).decode("utf-8", "surrogateescape"),
        client=_text(row, client),
        connection=_text(row, client + 1),
        database=None if kind == "VIEW" else _text(row, client + 2),
        sql_mode=None if mode is None else _text(row, mode),
        time_zone=None if zone is None else _text(row, zone),
    )


def _sorted_views(views: list[Definition]) -> list[Definition]:
    """Return each behind those whose names stand in its statement."""
    waiting = {view.name: view for view in views}

    def taken(view: Definition) -> Iterator[Definition]:
        if waiting.pop(view.name, None) is None:
            return
        for other in [*waiting.values()]:
            if identifier(other.name) in view.statement:
                yield from taken(other)
        yield view

    return [each for view in views for each in taken(view)]


def _text(row: Row, column: int) -> str:
    return row[column].decode("utf-8", "surrogateescape")
