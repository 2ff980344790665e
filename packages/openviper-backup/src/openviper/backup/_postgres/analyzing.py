"""The server learns what is in a database's tables, by two sessions at once: each of them is bound to one core."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from openviper.backup._postgres.queries import Session
from openviper.backup.errors import ToolFailed

if TYPE_CHECKING:
    from openviper.backup._postgres.connection import Connection
    from openviper.backup.job import Job

__all__ = ["analyze_tables"]

# What ANALYZE without a name takes. With the name of a partitioned table it takes the partitions too. It reads 30,000
# pages of a table at most.
_TABLES = """\
WITH RECURSIVE tree (root, oid) AS (
    SELECT c.oid, c.oid FROM pg_class c WHERE c.relkind IN ('r', 'm', 'p') AND c.relpersistence <> 't'
        AND NOT coalesce((to_jsonb(c) ->> 'relispartition')::boolean, false)
    UNION ALL SELECT t.root, i.inhrelid FROM tree t JOIN pg_class c ON c.oid = t.oid AND c.relkind = 'p'
        JOIN pg_inherits i ON i.inhparent = t.oid)
SELECT format('%I.%I', n.nspname, c.relname) AS name, sum(least(pg_relation_size(t.oid), 30000 * 8192)) AS size
FROM tree t JOIN pg_class c ON c.oid = t.root JOIN pg_namespace n ON n.oid = c.relnamespace
GROUP BY 1 ORDER BY 2 DESC, 1"""


def analyze_tables(place: Connection, job: Job) -> None:
    """Analyze what ``ANALYZE`` does; by one session where the server has no room for two.

    Raises:
        ToolFailed: The server has ended.
        Interrupted: The job says so.
    """
    with ExitStack() as stack:
        sessions = [stack.enter_context(Session(place, job))]
        with suppress(ToolFailed):
            sessions.append(stack.enter_context(Session(place, job)))
        shares = _shared({row["name"]: row["size"] for row in sessions[0].rows(_TABLES)}, len(sessions))
        for session, names in zip(sessions, shares, strict=True):
            session.begin("\n".join(f"ANALYZE {name};" for name in names))
        for session in sessions:
            session.wait()


def _shared(sizes: dict[str, int], number: int) -> list[list[str]]:
    """Divide tables, the largest first, so that each share is about as long."""
    shares: list[list[str]] = [[] for _ in range(number)]
    lengths = [0] * number
    for name, size in sizes.items():
        least = lengths.index(min(lengths))
        shares[least].append(name)
        lengths[least] += size
    return shares
