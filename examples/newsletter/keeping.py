"""Backups of the site's database: one is made while it serves, and what is lost or damaged comes back from it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from running import Site, expect

__all__ = ["BACKUP_STEPS", "DAMAGE_STEPS"]


def _backup(site: Site) -> Path:
    found = sorted((site.database.parent / "backups").glob("newsletter_*.tar.gz"))
    expect(len(found) == 1, f"there are the backups {found}")
    return found[0]


def _readers(database: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT address, signed_up FROM subscribers ORDER BY address").fetchall()


def _is_damaged(database: Path) -> bool:
    try:
        _readers(database)
    except sqlite3.DatabaseError:
        return True
    return False


def backed_up(site: Site) -> str:
    folder = site.database.parent / "backups"
    site.manage("backup-db", "--path", str(folder), "--count-rows")
    said = json.loads(site.manage("verify-db", str(_backup(site)), "--json"))
    expect(said["compared"], f"its rows were not compared: {said}")
    expect(said["row_counts"]["subscribers"] == site.subscribers(), f"it holds {said['row_counts']}")
    return f"the database is backed up while the site serves, and {_backup(site).name} can be restored"


def lost_rows_come_back(site: Site) -> str:
    before, readers = site.subscribers(), _readers(site.database)
    with closing(sqlite3.connect(site.database)) as connection, connection:
        connection.execute("DELETE FROM subscribers")
    expect(site.subscribers() == 0, "nothing was lost")
    site.manage("restore-db", str(_backup(site)), "--force")
    expect(site.subscribers() == before, f"{site.subscribers()} of {before} subscribers came back")
    expect(_readers(site.database) == readers, "other rows came back than were lost")
    return f"{before} subscribers that were deleted come back, without the site having been stopped"


def damaged_file_is_restored(site: Site) -> str:
    readers = _readers(site.database)
    with site.database.open("r+b") as file:
        file.write(b"\xff" * site.database.stat().st_size)
    expect(_is_damaged(site.database), "the file can still be read")
    said = site.manage("restore-db", str(_backup(site)), "--force")
    expect(_readers(site.database) == readers, f"the file holds {_readers(site.database)}; the command said {said}")
    return "a file that is nothing but bytes of 255 is a database again"


BACKUP_STEPS: tuple[Callable[[Site], str], ...] = (backed_up, lost_rows_come_back)
DAMAGE_STEPS: tuple[Callable[[Site], str], ...] = (damaged_file_is_restored,)
