"""What an error of SQLite becomes."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from small_disks import small_disk
from sqlite_making import make_database

from openviper.backup._sqlite.connection import connect, database_errors
from openviper.backup.errors import BackupError, NotEnoughSpace


def fill(folder: Path) -> None:
    with (folder / "filler").open("wb", 0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_no_space_for_the_index_of_the_log(tmp_path):
    """Where the disk has no room for the index of a log, it is said to be full, and not to be broken."""
    with small_disk(tmp_path / "disk") as disk:
        shop = make_database(disk / "shop.db", rows=10, mode="WAL")
        fill(disk)
        with pytest.raises(NotEnoughSpace, match=r"^No reading"), database_errors("No reading"), connect(shop) as live:
            live.execute("SELECT count(*) FROM things")


def test_what_cannot_be_opened(tmp_path):
    """Of what cannot be opened, more than one cause is named."""
    words = r"in WAL mode, only a user.*; in any mode, a journal needs a place"
    with pytest.raises(BackupError, match=words), database_errors("No reading"), connect(tmp_path / "none"):
        pass


def test_what_a_database_brings_with_it(tmp_path):
    """What stands in the schema of a database may not call functions that could do harm."""
    make_database(tmp_path / "shop.db", rows=1)
    with connect(tmp_path / "shop.db") as connection:
        connection.create_function("harm", 0, lambda: 1)
        connection.execute("CREATE VIEW brought AS SELECT harm()")
        assert connection.execute("SELECT harm()").fetchone() == (1,)
        with pytest.raises(sqlite3.OperationalError, match=r"unsafe use of harm\(\)"):
            connection.execute("SELECT * FROM brought")
