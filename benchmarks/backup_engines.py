"""Databases to be backed up, filled with the shop's rows; here SQLite, elsewhere those that have servers."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol

from backup_data import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backup_data import Rows

__all__ = ["INDEXES", "TABLES_OF_ALL", "Engine", "SQLite"]

TABLES_OF_ALL = """\
CREATE TABLE customers (id integer PRIMARY KEY, name {text} NOT NULL, email {text}, city {text}, joined date);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL, placed {moment} NOT NULL,
    state {text} NOT NULL, total numeric(10, 2) NOT NULL, note {text});
CREATE TABLE events (id {long} PRIMARY KEY, order_id integer NOT NULL, kind {text} NOT NULL, payload {json},
    digest {bytes});
"""
#: Behind the rows, as a dump has it.
INDEXES = (
    "CREATE INDEX orders_customer ON orders (customer_id, placed)",
    "CREATE INDEX events_order ON events (order_id)",
    "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id)",
)


class Engine(Protocol):
    """One kind of database.

    Attributes:
        title: For the report.
    """

    title: str

    def trailer(self, database: str) -> bytes:
        """What stands at the end of a dump."""

    def make(self, database: str, rows: Rows) -> None: ...

    def counts(self, database: str) -> dict[str, int]:
        """How many rows each table has."""

    def url(self, database: str) -> str: ...

    def django(self, database: str) -> dict[str, Any]:
        """As in Django's DATABASES."""

    def settle(self) -> None:
        """Let what still has to be written be so now, and not in the next one's turn."""


class SQLite:
    """SQLite in WAL mode: a file for each database."""

    title = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, database: str) -> Path:
        return self._folder / f"{database}.db"

    def trailer(self, database: str) -> bytes:
        """The last bytes of the file, in which a page has its first rows."""
        with self.path(database).open("rb") as file:
            file.seek(-64, os.SEEK_END)
            last = file.read()
        assert last.strip(b"\x00")
        return last

    def make(self, database: str, rows: Rows) -> None:
        kinds = {"text": "text", "moment": "text", "long": "integer", "json": "text", "bytes": "blob"}
        with closing(sqlite3.connect(self.path(database))) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(TABLES_OF_ALL.format_map(kinds))
            for table, files in rows.files.items():
                marks = ", ".join("?" * len(TABLES[table]))
                for file in files:
                    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows_of(file, table))
            for statement in INDEXES[:2]:
                connection.execute(statement)
            connection.commit()

    def counts(self, database: str) -> dict[str, int]:
        with closing(sqlite3.connect(self.path(database))) as connection:
            asked = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in TABLES}
        return {table: row[0] for table, row in asked.items()}

    def url(self, database: str) -> str:
        return f"sqlite:///{self.path(database)}"

    def django(self, database: str) -> dict[str, Any]:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(self.path(database))}

    def settle(self) -> None:
        os.sync()


def rows_of(file: Path, table: str) -> Iterator[tuple[str | bytes, ...]]:
    with file.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            row: list[str | bytes] = [*line.removesuffix("\n").split("\t")]
            if table == "events":
                row[-1] = bytes.fromhex(str(row[-1])[3:])
            yield tuple(row)
