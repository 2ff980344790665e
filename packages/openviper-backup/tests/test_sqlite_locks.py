"""Locks of other programs on the target of a restore: they are waited for, and not for ever."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_making import ROWS, data_of, make_database, names, opened, restore, words

from openviper.backup._sqlite import swap as swapping
from openviper.backup.errors import Interrupted, RestoreRefused
from openviper.backup.job import Job


@pytest.fixture
def shop(tmp_path):
    return tmp_path / "shop.db"


@pytest.mark.parametrize(
    ("mode", "begin"), [("DELETE", "BEGIN"), ("DELETE", "BEGIN EXCLUSIVE"), ("WAL", "BEGIN IMMEDIATE")]
)
def test_a_target_that_is_locked_for_long(tmp_path, shop, mode, begin):
    """After the URL's timeout the restore is refused, and the target is as it was."""
    data = data_of(shop)
    make_database(shop, "old", mode=mode)
    with opened(shop) as connection:
        connection.execute(begin)
        connection.execute("SELECT count(*) FROM things").fetchall()
        with pytest.raises(RestoreRefused, match=r"shop.db' is locked by another program, for more than 0.3 s"):
            restore(shop, data, query="?timeout=0.3")
        with pytest.raises(Interrupted, match="not done within"):
            restore(shop, data, job=Job(timeout=0.5))
        connection.execute("COMMIT")
    assert words(shop) == [("old", ROWS)]
    assert names(tmp_path) == ["shop.db"]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_target_that_is_locked_for_a_while(shop, mode):
    """A lock on the target that goes away is waited for."""
    data = data_of(shop, mode=mode)
    make_database(shop, "old", mode=mode)
    with closing(sqlite3.connect(shop, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM things")
        timer = threading.Timer(1.2, connection.execute, ["COMMIT"])
        timer.start()
        restore(shop, data)
        timer.join()
    assert words(shop) == [("new", ROWS)]


def test_other_pages_in_wal_mode(tmp_path, shop):
    """The size of pages changes only where nobody else has the file open; else that is said, and nothing changes."""
    data = data_of(shop, mode="WAL", page_size=512)
    make_database(shop, "old", mode="WAL")
    with opened(shop) as connection:
        connection.execute("SELECT * FROM things").fetchall()
        message = "Its pages have 4096 bytes and the backup's 512: for that, no other program may have it open"
        with pytest.raises(RestoreRefused, match=message):
            restore(shop, data, query="?timeout=0.3")
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT DISTINCT word FROM things").fetchall() == [("old",)]
    restore(shop, data)
    assert words(shop) == [("new", ROWS)]
    assert names(tmp_path) == ["shop.db"]


def test_a_lock_behind_a_long_safety_copy(shop):
    """The time that the copy has taken is not counted as waiting."""
    data = data_of(shop, mode="WAL")
    make_database(shop, "old", mode="WAL")
    with closing(sqlite3.connect(shop, isolation_level=None, check_same_thread=False)) as connection:
        timer = threading.Timer(0.8, connection.execute, ["COMMIT"])

        def slow(progress):
            if progress.step == "safety copy" and not progress.done:
                time.sleep(1.3)
            elif progress.step == "overwrite" and not timer.ident:
                connection.execute("BEGIN IMMEDIATE")
                timer.start()

        restore(shop, data, query="?timeout=1.2", job=Job(on_progress=slow))
        timer.join()
    assert words(shop) == [("new", ROWS)]


def test_a_lock_between_safety_copy_and_overwriting(shop):
    """Who comes in between with a lock that keeps even readers off is waited for."""
    data = data_of(shop)
    make_database(shop, "old")

    def write():
        with opened(shop) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(1.5)
            connection.execute("COMMIT")

    writer = threading.Thread(target=write)

    def begin(progress):
        if progress.step == "safety copy" and not writer.ident:
            writer.start()
            # It waits for the copy now, and is the next.
            time.sleep(0.3)

    restore(shop, data, job=Job(on_progress=begin))
    writer.join()
    assert words(shop) == [("new", ROWS)]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_lock_behind_the_swap(tmp_path, monkeypatch, shop, mode):
    """Somebody who locks the new data at once does not make a failure of it."""
    data = data_of(shop, rows=100)
    make_database(shop, "old", mode=mode)
    settle, is_held = swapping._settle, []

    def locked(*arguments):
        with opened(shop) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("SELECT * FROM things").fetchall()
            is_held.append(True)
            return settle(*arguments)

    monkeypatch.setattr(swapping, "_settle", locked)
    kept, _ = restore(shop, data, keep_old=True)
    assert is_held
    assert words(shop) == [("new", 100)]
    assert words(Path(kept)) == [("old", ROWS)]
    assert names(tmp_path) == ["shop.db", Path(kept).name]
