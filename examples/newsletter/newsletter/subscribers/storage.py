"""Subscribers in the database."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from newsletter.database import get_database
from newsletter.subscribers.addresses import Address
from openviper.core.signing import Signer

__all__ = ["Subscriber", "add_subscriber", "count_subscribers", "create_tables", "remove_subscriber"]

TABLES = (
    """
    CREATE TABLE IF NOT EXISTS subscribers (
        id          INTEGER PRIMARY KEY,
        address     TEXT NOT NULL,
        address_key TEXT NOT NULL UNIQUE,
        signed_up   TEXT NOT NULL
    )
    """,
    "CREATE TABLE IF NOT EXISTS sign_ups (day TEXT PRIMARY KEY, forms INTEGER NOT NULL)",
)
COUNT_FORM = "INSERT INTO sign_ups VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET forms = forms + 1"
ADD = """
INSERT INTO subscribers (id, address, address_key, signed_up) VALUES (?, ?, ?, ?)
ON CONFLICT (address_key) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody who gets the letters."""

    id: int
    #: As it was typed.
    address: str


async def create_tables() -> None:
    """Make the tables where there are none."""

    def work(connection: sqlite3.Connection) -> None:
        for statement in TABLES:
            connection.execute(statement)

    await get_database().write(work)


async def add_subscriber(address: Address) -> Subscriber | None:
    """Add an address; ``None``: it is there already, and stays as it was."""
    now = datetime.now(UTC)
    new = Subscriber(_number(address), address.text)

    def work(connection: sqlite3.Connection) -> bool:
        # Counted for everybody: with something to write the answer takes as long for an address that is there already.
        connection.execute(COUNT_FORM, (now.date().isoformat(),))
        added = connection.execute(ADD, (new.id, new.address, address.key, now.isoformat(timespec="seconds")))
        return added.rowcount == 1

    return new if await get_database().write(work) else None


async def remove_subscriber(number: int) -> bool:
    """Forget a subscriber by ``Subscriber.id``; ``False``: there is none."""

    def work(connection: sqlite3.Connection) -> bool:
        return connection.execute("DELETE FROM subscribers WHERE id = ?", (number,)).rowcount == 1

    return await get_database().write(work)


async def count_subscribers() -> int:
    """Return how many there are."""
    rows = await get_database().read("SELECT count(*) AS subscribers FROM subscribers")
    return int(rows[0]["subscribers"])


def _number(address: Address) -> int:
    """Return what is the same when somebody leaves and comes back, and never another one's.

    So the link in an old mail goes on working for its reader, and is about nobody else. It does not tell the address.
    """
    return int.from_bytes(Signer(salt="newsletter.subscriber").signature(address.key.encode())[:8]) >> 1
