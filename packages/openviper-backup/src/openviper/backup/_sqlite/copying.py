"""Page by page from one connection to another: https://www.sqlite.org/backup.html."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._sqlite.checking import has_schema
from openviper.backup._sqlite.connection import BUSY, Patience, patiently

if TYPE_CHECKING:
    from openviper.backup.job import Job

__all__ = ["copy_database", "held", "page_size", "size_of"]

_PIECE = 1 << 20
_PAUSE = 0.05


def page_size(connection: sqlite3.Connection) -> int:
    """Bytes of a page."""
    size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    return size


def size_of(connection: sqlite3.Connection) -> int:
    """Bytes of a database, as the connection sees it."""
    pages: int = connection.execute("PRAGMA page_count").fetchone()[0]
    return pages * page_size(connection)


@contextmanager
def held(connection: sqlite3.Connection, patience: Patience) -> Generator[None]:
    """See the database as it is now, whatever others do.

    Raises:
        sqlite3.DatabaseError: It is not one, or is damaged.
    """

    def begin() -> None:
        if not connection.in_transaction:
            connection.execute("BEGIN")
        has_schema(connection)

    patiently(begin, patience)
    try:
        _require_pages(connection)
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _require_pages(connection: sqlite3.Connection) -> None:
    """Raise where there is a file, and not one page in it: SQLite would take it for an empty one."""
    file = connection.execute("PRAGMA database_list").fetchone()[2]
    if not size_of(connection) and Path(file).stat().st_size:
        error = sqlite3.DatabaseError("file is not a database")
        error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
        raise error


def copy_database(
    source: sqlite3.Connection, target: sqlite3.Connection, step: str, job: Job, patience: Patience
) -> None:
    """Copy all of a database in one transaction of the target's; where this raises, the target is as it was.

    The source must not change meanwhile: in a transaction, or nobody else's. Else it begins again whenever it does.

    Raises:
        Interrupted: The job says so.
        sqlite3.Error: What SQLite says, but for locks: those are waited for.
    """
    size = page_size(source)

    def look(code: int, remaining: int, total: int) -> None:
        if code in BUSY:
            patience.check()
            return
        if code != sqlite3.SQLITE_OK:
            # An error, which is raised after this; or it is done, and committed: too late to raise.
            return
        job.progress(step, (total - remaining) * size, total * size)

    source.backup(target, pages=max(1, _PIECE // size), progress=look, sleep=_PAUSE)
