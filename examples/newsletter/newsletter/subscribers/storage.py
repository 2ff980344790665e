"""Subscribers in the database."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from newsletter.database import get_database
from newsletter.subscribers.addresses import Address

__all__ = ["add_subscriber", "count_subscribers", "create_table"]

TABLE = """
CREATE TABLE IF NOT EXISTS subscribers (
    id          INTEGER PRIMARY KEY,
    address     TEXT NOT NULL,
    address_key TEXT NOT NULL UNIQUE,
    signed_up   TEXT NOT NULL
)
"""


async def create_table() -> None:
    """Make the table where there is none."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(TABLE)

    await get_database().write(work)


async def add_subscriber(address: Address) -> bool:
    """Add an address; ``False``: it is there already, and stays as it was."""
    now = datetime.now(UTC).isoformat(timespec="seconds")

    def work(connection: sqlite3.Connection) -> bool:
        added = connection.execute(
            "INSERT INTO subscribers (address, address_key, signed_up) VALUES (?, ?, ?) "
            "ON CONFLICT (address_key) DO NOTHING",
            (address.text, address.key, now),
        )
        return added.rowcount == 1

    return await get_database().write(work)


async def count_subscribers() -> int:
    """Return how many there are."""
    rows = await get_database().read("SELECT count(*) AS subscribers FROM subscribers")
    return int(rows[0]["subscribers"])
