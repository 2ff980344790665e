"""The SQLite file of the site.

Each operation has a connection of its own, in a thread, and ends in a commit or leaves nothing. SQLite has one writer
at a time: writers queue here, on the event loop, so that they never use up the threads that readers need, which in
write-ahead mode wait for nobody.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

from newsletter.errors import StorageError

__all__ = ["Database", "close_database", "get_database", "open_database"]

T = TypeVar("T")

# By SQLite's primary result code: what to do about it. What is not here is a mistake in this program.
ADVICE = {
    sqlite3.SQLITE_BUSY: "another process is writing to it; try again, or look for what holds it",
    sqlite3.SQLITE_READONLY: "the file or its folder cannot be written; check its owner and permissions",
    sqlite3.SQLITE_CANTOPEN: "check that the folder is there and that this process may use it",
    sqlite3.SQLITE_FULL: "the disk is full; make room",
    sqlite3.SQLITE_IOERR: "the disk failed; look into the system's log",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore a backup",
    sqlite3.SQLITE_NOTADB: "the file is not an SQLite database; name another one with NEWSLETTER_DATABASE",
}


class Database:
    """One SQLite file in write-ahead mode.

    Args:
        path: Of the file; a relative one is taken from the current directory, now.
        patience: Seconds that a writer waits for another one.
    """

    def __init__(self, path: Path, *, patience: float) -> None:
        self.path = path.absolute()
        self._patience = patience
        self._writing = asyncio.Lock()
        # Without it every other connection would be the last one, and fold the log into the file when it closes.
        self._anchor: sqlite3.Connection | None = None

    async def open(self) -> bool:
        """Make the file where there is none, and keep it open; return whether it was made.

        Raises:
            StorageError: It cannot be made or used.
        """
        return await asyncio.to_thread(self._open)

    async def close(self) -> None:
        """Fold the write-ahead log into the file, which then is all there is to copy."""
        anchor, self._anchor = self._anchor, None
        if anchor is not None:
            await asyncio.to_thread(anchor.close)

    async def read(self, statement: str, parameters: Sequence[object] = ()) -> list[Any]:
        """Return the rows of a query; each column is ``row["name"]``.

        Raises:
            StorageError: The file cannot be read.
        """
        return await asyncio.to_thread(self._read, statement, parameters)

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Call ``work(connection)`` in a thread, inside a transaction, and return what it returns.

        Raises:
            StorageError: The file cannot be written, or not soon enough; the transaction is rolled back.
        """
        try:
            async with asyncio.timeout(self._patience):
                await self._writing.acquire()
        except TimeoutError:
            raise StorageError(
                f"{self.path}: {ADVICE[sqlite3.SQLITE_BUSY]} (no turn in {self._patience:g} s)"
            ) from None
        try:
            return await asyncio.to_thread(self._write, work)
        finally:
            self._writing.release()

    def _open(self) -> bool:
        made = not self.path.exists()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{self.path}: its folder cannot be made: {error}") from error
        with self._named_errors():
            self._anchor = self._anchored()
        return made

    def _anchored(self) -> sqlite3.Connection:
        deadline = monotonic() + self._patience
        while True:
            try:
                return self._connect_in_wal_mode()
            except sqlite3.OperationalError as error:
                # Where two processes start at once, SQLite refuses one of them without waiting.
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                    raise
            sleep(0.02)

    def _connect_in_wal_mode(self) -> sqlite3.Connection:
        connection = self._connect("rwc")
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            # Only who has read holds the log open.
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def _read(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        with self._named_errors(), closing(self._connect("rw")) as connection:
            return connection.execute(statement, parameters).fetchall()

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        # Closing without COMMIT rolls back.
        with self._named_errors(), closing(self._connect("rw")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            result = work(connection)
            connection.execute("COMMIT")
            return result

    def _connect(self, mode: str) -> sqlite3.Connection:
        """``rw`` refuses a file that is gone, which SQLite would silently make anew, and empty."""
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode={mode}",
            uri=True,
            timeout=self._patience,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.row_factory = sqlite3.Row
        return connection

    @contextmanager
    def _named_errors(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            advice = ADVICE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
            if advice is None:
                raise
            raise StorageError(f"{self.path}: {error}; {advice}") from error


_database: Database | None = None


async def open_database(path: Path, *, patience: float) -> bool:
    """Open the database of this process; return whether the file was made."""
    global _database  # noqa: PLW0603 - set once for each start, read through get_database()
    database = Database(path, patience=patience)
    made = await database.open()
    _database = database
    return made


async def close_database() -> None:
    """Close it."""
    global _database
    database, _database = _database, None
    if database is not None:
        await database.close()


def get_database() -> Database:
    """Return the open database.

    Raises:
        RuntimeError: The site has not started, or has stopped.
    """
    if _database is None:
        raise RuntimeError("the database is not open; 'newsletter' is in INSTALLED_APPS, and its ready() opens it")
    return _database
