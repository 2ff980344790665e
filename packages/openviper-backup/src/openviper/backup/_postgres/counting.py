"""How many rows each table of a PostgreSQL database has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.backup._postgres.queries import literal

if TYPE_CHECKING:
    from openviper.backup._postgres.queries import Session

__all__ = ["count_rows"]

# Partitions are tables, their parents hold nothing; what an extension brings is dumped by it or not at all.
_TABLES = """\
SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1"""
_BATCH = 100


def count_rows(session: Session) -> dict[str, int]:
    """Return the rows of each table by its qualified name, quoted where SQL needs that: ``public."Order"``.

    In a transaction only: each hundred tables are locked no longer than they are counted.

    Raises:
        ToolFailed: The role may not read one of them.
    """
    names = [row["name"] for row in session.rows(_TABLES)]
    counts: dict[str, int] = {}
    for start in range(0, len(names), _BATCH):
        session.run("SAVEPOINT counting;")
        query = "\nUNION ALL ".join(map(_count, names[start : start + _BATCH]))
        counts |= {row["name"]: row["rows"] for row in session.rows(query)}
        session.run("ROLLBACK TO SAVEPOINT counting;")
    return counts


def _count(name: str) -> str:
    return f"SELECT {literal(name)} AS name, count(*) AS rows FROM ONLY {name}"  # noqa: S608 - quoted by the server
