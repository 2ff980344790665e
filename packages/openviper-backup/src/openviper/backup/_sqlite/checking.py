"""What a database holds, and whether it is sound."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

from openviper.backup._sqlite.connection import watched
from openviper.backup.errors import BackupError, InvalidArchive

if TYPE_CHECKING:
    from openviper.backup.job import Job

__all__ = ["check_integrity", "check_pages", "count_rows", "has_schema", "quoted"]

# https://www.sqlite.org/pragma.html#pragma_integrity_check and #pragma_quick_check.
_FULL, _QUICK = "integrity_check", "quick_check"
_EARLIER = "an earlier backup may be whole (list-backups)"
_MOST = 100
_SHOWN, _WIDTH = 3, 200
# The file is sound; its rows do not keep to a NOT NULL, CHECK or STRICT that came later than they.
_OF_DATA = re.compile(r"(NULL value in|CHECK constraint failed in|[\w-]+ value in) ")
# Functions and collations are the program's own, and are not in the file.
_UNKNOWN = re.compile(r"(no such|unknown) (function|collation sequence|module|tokenizer)")


def has_schema(connection: sqlite3.Connection) -> bool:
    """Tell whether there is anything in a database."""
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


def count_rows(connection: sqlite3.Connection, job: Job) -> tuple[dict[str, int], tuple[str, ...]]:
    """Count each table's rows, in the transaction that is open; and notes on those that SQLite alone cannot count.

    Virtual tables are counted by the tables that hold their data.
    """
    counts: dict[str, int] = {}
    skipped: list[str] = []
    with watched(connection, job):
        for table in _tables(connection):
            job.check()
            try:
                counts[table] = connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0]  # noqa: S608 - quoted
            except sqlite3.OperationalError as error:
                if not _UNKNOWN.search(str(error)):
                    raise
                skipped.append(f"The rows of {table!r} were not counted: {error}")
    return counts, tuple(skipped)


def check_integrity(connection: sqlite3.Connection, name: str, job: Job) -> tuple[str, ...]:
    """Have SQLite look at every page, and compare each index with its table; return notes.

    Before SQLite 3.41, it looks at the job only in between two parts of that.

    Args:
        name: What is checked, for the message.

    Raises:
        InvalidArchive: The file is not sound.
        Interrupted: The job says so.
    """
    found, unchecked = _findings(connection, _FULL, job)
    if (faults := _faults(found)) is not None:
        raise InvalidArchive(f"{name} is damaged, says SQLite's {_FULL}: {faults}; {_EARLIER}")
    notes = [f"As it was backed up: {each[:_WIDTH]}" for each in found[:_SHOWN]]
    return (*notes, *unchecked)


def check_pages(connection: sqlite3.Connection, name: str, job: Job) -> tuple[str, ...]:
    """Have SQLite look at every page, which takes less time than :func:`check_integrity`; return notes.

    Args:
        name: The database that is backed up, for the message.

    Raises:
        BackupError: It is not sound.
        Interrupted: The job says so.
    """
    found, unchecked = _findings(connection, _QUICK, job)
    if (faults := _faults(found)) is not None:
        raise BackupError(
            f"{name} is damaged, says SQLite's {_QUICK}: {faults}; no backup was made, as none could be restored: "
            "restore the last good one, or save what can be read with .recover of the sqlite3 shell"
        )
    return tuple(unchecked)


def _faults(found: list[str]) -> str | None:
    """Return what is wrong with a file, as a message shows it; ``None``: nothing."""
    faults = [each for each in found if not _OF_DATA.match(each)]
    if not faults:
        return None
    more = f", and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return "; ".join(each[:_WIDTH] for each in faults[:_SHOWN]) + more


def _findings(connection: sqlite3.Connection, pragma: str, job: Job) -> tuple[list[str], list[str]]:
    """Return what is wrong, and notes on what could not be looked at."""
    connection.execute("PRAGMA cell_size_check = ON")
    try:
        return _check(connection, pragma, str(_MOST), job), []
    except sqlite3.OperationalError as error:
        if not _UNKNOWN.search(str(error)):
            raise
    found: list[str] = []
    unchecked: list[str] = []
    for table in _tables(connection):
        try:
            found += _check(connection, pragma, quoted(table), job)
        except sqlite3.OperationalError as error:
            if not _UNKNOWN.search(str(error)):
                raise
            unchecked.append(f"{table!r} could not be checked for damage: {error}")
    return found, unchecked


def _check(connection: sqlite3.Connection, pragma: str, what: str, job: Job) -> list[str]:
    try:
        with watched(connection, job):
            lines = [str(row[0]) for row in connection.execute(f"PRAGMA {pragma}({what})")]
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        # The damage is where even the check cannot go on.
        return [str(error)]
    return [] if lines == ["ok"] else lines


def _tables(connection: sqlite3.Connection) -> list[str]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
    return [name for (name,) in names if not name.lower().startswith("sqlite_")]


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'
