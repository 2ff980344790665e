"""What a restore of SQLite is made of, each alone; prints the seconds as JSON.

backup_sqlite.py DATABASE FOLDER
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from time import perf_counter

__all__ = ["main"]


def integrity_check(database):
    began = perf_counter()
    with closing(sqlite3.connect(database)) as connection:
        if (found := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            sys.exit(f"{database}: {found}")
    return perf_counter() - began


def backup(database, target):
    """As ``.backup`` of the sqlite3 shell, into a new file."""
    began = perf_counter()
    with closing(sqlite3.connect(database)) as connection, closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)
    return perf_counter() - began


def main():
    database, folder = map(Path, sys.argv[1:])
    seconds = {"integrity_check": integrity_check(database)}
    for number in (1, 2):
        target = folder / f"copy-{number}.db"
        seconds[f".backup {number}"] = backup(database, target)
        target.unlink()
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
