"""The new data takes the place of the old in the live file, under the eyes of whoever has it open."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_making import (
    ROWS,
    data_of,
    make_database,
    names,
    opened,
    restore,
    words,
)

from openviper.backup.errors import (
    Interrupted,
    RestoreRefused,
)
from openviper.backup.job import Job


@pytest.fixture
def shop(tmp_path):
    return tmp_path / "shop.db"


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
@pytest.mark.parametrize("old_mode", ["DELETE", "PERSIST", "WAL"])
@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize(("old_rows", "rows"), [(10, 5_000), (5_000, 10)])
def test_a_target_that_holds_data(tmp_path, shop, mode, old_mode, page_size, old_rows, rows):
    """Everything in a database is the backup's then, larger or smaller, whatever its pages and its journal were."""
    data = data_of(shop, mode=mode, rows=rows)
    make_database(shop, "old", mode=old_mode, page_size=page_size, rows=old_rows)
    before = shop.stat()
    assert restore(shop, data) == (None, ())
    assert words(shop) == [("new", rows)]
    with opened(shop) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == mode.lower()
        assert connection.execute("PRAGMA page_size").fetchone()[0] == 4096
    assert shop.stat().st_ino == before.st_ino
    assert names(tmp_path) == ["shop.db"]


@pytest.mark.parametrize(
    ("pragma", "old", "new"),
    [
        ("user_version", 1, 2),
        ("application_id", 1, 2),
        ("auto_vacuum", 0, 1),
        ("auto_vacuum", 2, 0),
        ("auto_vacuum", 1, 2),
    ],
)
def test_pragmas_that_are_in_the_file(shop, pragma, old, new):
    """Pragmas that are in the file are the backup's then, and the file can be written."""

    def make(word, value):
        with opened(shop) as connection:
            connection.execute(f"PRAGMA {pragma} = {value}")
        return make_database(shop, word)

    data = make("new", new).read_bytes()
    shop.unlink()
    make("old", old)
    with opened(shop) as connection:
        assert connection.execute(f"PRAGMA {pragma}").fetchone()[0] == old
        restore(shop, data)
        connection.execute("DELETE FROM things WHERE id > 100")
        connection.execute("VACUUM")
        assert connection.execute(f"PRAGMA {pragma}").fetchone()[0] == new
    assert words(shop) == [("new", 100)]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_who_has_it_open_sees_the_new_data(shop, mode):
    """Connections that were there before read and write on, in the new data."""
    data = data_of(shop, mode=mode, rows=100)
    make_database(shop, "old", mode=mode)
    with opened(shop) as reader, opened(shop) as writer:
        for connection in (reader, writer):
            assert connection.execute("SELECT DISTINCT word FROM things").fetchall() == [("old",)]
        restore(shop, data)
        assert reader.execute("SELECT word, count(*) FROM things").fetchall() == [("new", 100)]
        writer.execute("INSERT INTO things (word) VALUES ('newest')")
        assert reader.execute("SELECT count(*) FROM things").fetchone() == (101,)
    assert words(shop) == [("new", 100), ("newest", 1)]


def test_who_has_it_open_with_other_pages(shop):
    """Open connections see the new data where its pages have another size, with a rollback journal."""
    data = data_of(shop, rows=100, page_size=512)
    make_database(shop, "old")
    with opened(shop) as connection:
        connection.execute("SELECT * FROM things").fetchall()
        restore(shop, data)
        connection.execute("INSERT INTO things (word) VALUES ('newest')")
    assert words(shop) == [("new", 100), ("newest", 1)]


def test_who_has_it_open_in_wal_mode_and_the_backup_is_not(shop):
    """The journal mode cannot change under open connections; that is said, and the data is the backup's."""
    data = data_of(shop, rows=100)
    make_database(shop, "old", mode="WAL")
    with opened(shop) as connection:
        connection.execute("SELECT * FROM things").fetchall()
        _, notes = restore(shop, data)
        # All of the log is in the file.
        assert Path(f"{shop}-wal").stat().st_size == 0
        assert notes == (
            f"'{shop}' stays in WAL mode, in which the backup is not, because other programs have it open",
        )
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert words(shop) == [("new", 100)]


def test_a_reader_in_the_midst_of_a_transaction(shop):
    """In WAL mode a reader sees the old data to its transaction's end, and the new data then."""
    data = data_of(shop, mode="WAL", rows=100)
    make_database(shop, "old", mode="WAL")
    with opened(shop) as connection:
        connection.execute("BEGIN")
        assert connection.execute("SELECT count(*) FROM things").fetchone() == (ROWS,)
        restore(shop, data)
        assert connection.execute("SELECT DISTINCT word FROM things").fetchall() == [("old",)]
        connection.execute("COMMIT")
        assert connection.execute("SELECT DISTINCT word FROM things").fetchall() == [("new",)]


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
        message = "Its pages have 4096 bytes and the backup's 512: for that, nobody else may have it open"
        with pytest.raises(RestoreRefused, match=message):
            restore(shop, data, query="?timeout=0.3")
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT DISTINCT word FROM things").fetchall() == [("old",)]
    restore(shop, data)
    assert words(shop) == [("new", ROWS)]
    assert names(tmp_path) == ["shop.db"]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_another_encoding(tmp_path, shop, mode, encoding):
    """Text of another encoding is restored; who has the file open gets errors until he opens it anew: that is said."""
    with opened(shop) as connection:
        connection.execute(f"PRAGMA encoding = '{encoding}'")
        connection.execute("CREATE TABLE things (word)")
        connection.execute("INSERT INTO things VALUES ('new'), ('käse')")
    data = shop.read_bytes()
    shop.unlink()
    make_database(shop, "old", mode=mode)
    with opened(shop) as connection:
        connection.execute("SELECT * FROM things").fetchall()
        kept, notes = restore(shop, data, keep_old=True)
        assert f"UTF-8 before and {encoding} now: programs that have it open must open it anew" in notes[0]
        with pytest.raises(sqlite3.OperationalError, match="same text encoding"):
            connection.execute("SELECT * FROM things")
    assert words(shop) == [("käse", 1), ("new", 1)]
    assert words(Path(kept)) == [("old", ROWS)]
    assert len(names(tmp_path)) == 2


def test_another_encoding_where_nothing_was(shop):
    """A database without a page has no encoding that could be another."""
    with opened(shop) as connection:
        connection.execute("PRAGMA encoding = 'UTF-16le'")
        connection.execute("CREATE TABLE things (word)")
    data = shop.read_bytes()
    shop.write_bytes(b"")
    assert restore(shop, data) == (None, ())


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
