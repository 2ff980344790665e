"""Which issue was sent to whom, and what became of it.

A delivery is written down as ``ambiguous`` before it is sent, and with its outcome afterwards: whatever happens in
between, nobody gets an issue twice without somebody deciding so.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias, get_args

from newsletter.database import get_database

__all__ = ["Due", "Retried", "begin_delivery", "count_deliveries", "create_table", "due_subscribers", "end_delivery"]

TABLE = """
CREATE TABLE IF NOT EXISTS deliveries (
    issue      INTEGER NOT NULL,
    subscriber INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    changed    TEXT NOT NULL,
    PRIMARY KEY (issue, subscriber)
) WITHOUT ROWID
"""
DUE = """
SELECT id, address, message_id, changed
FROM subscribers LEFT JOIN deliveries ON issue = ? AND subscriber = id
WHERE id > ? AND (outcome IS NULL OR outcome NOT IN ('accepted', ?, ?))
ORDER BY id LIMIT ?
"""
# Of two processes that send the same issue, one is first. Who has unsubscribed meanwhile is not there any more.
BEGIN = """
INSERT INTO deliveries SELECT ?, id, ?, 'ambiguous', ? FROM subscribers WHERE id = ?
ON CONFLICT (issue, subscriber) DO UPDATE
SET message_id = excluded.message_id, outcome = excluded.outcome, changed = excluded.changed
WHERE deliveries.changed = ?
"""
COUNT = """
SELECT outcome, count(*) AS subscribers FROM deliveries JOIN subscribers ON subscriber = id
WHERE issue = ? GROUP BY outcome
"""


#: What is tried again only where somebody says so: it may have arrived, or was refused for good.
Retried: TypeAlias = Literal["ambiguous", "permanent"]


@dataclass(frozen=True, slots=True)
class Due:
    """A subscriber who is to get an issue."""

    id: int
    address: str
    #: Of an earlier attempt, for another one to repeat: mail programs know it for the same message. Empty: none.
    message_id: str
    #: When that was; empty: never.
    changed: str


async def create_table() -> None:
    """Make the table where there is none."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(TABLE)

    await get_database().write(work)


async def due_subscribers(issue: int, *, after: int, limit: int, retry: Collection[Retried] = ()) -> list[Due]:
    """Return up to ``limit`` subscribers who do not have the issue, by id, those with an id larger than ``after``.

    Args:
        issue: Its number.
        after: The last one of the call before; -1 at first.
        limit: At most so many.
        retry: Also those with these outcomes.
    """
    kept_out = ("accepted" if each in retry else each for each in get_args(Retried))
    rows = await get_database().read(DUE, (issue, after, *kept_out, limit))
    return [Due(row["id"], row["address"], row["message_id"] or "", row["changed"] or "") for row in rows]


async def begin_delivery(issue: int, due: Due, message_id: str) -> bool:
    """Write down that a message is being sent; ``False``: it must not be, for another process does, or they left."""
    values = (issue, message_id, datetime.now(UTC).isoformat(), due.id, due.changed)

    def work(connection: sqlite3.Connection) -> bool:
        return connection.execute(BEGIN, values).rowcount == 1

    return await get_database().write(work)


async def end_delivery(issue: int, subscriber: int, outcome: str) -> None:
    """Write down what became of it: ``accepted``, ``permanent``, ``transient`` or ``ambiguous``."""
    values = (outcome, datetime.now(UTC).isoformat(), issue, subscriber)

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE deliveries SET outcome = ?, changed = ? WHERE issue = ? AND subscriber = ?", values)

    await get_database().write(work)


async def count_deliveries(issue: int) -> Counter[str]:
    """Return how many of today's subscribers have each outcome."""
    rows = await get_database().read(COUNT, (issue,))
    return Counter({row["outcome"]: row["subscribers"] for row in rows})
