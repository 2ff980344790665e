"""The new data takes the place of the old in the live file, under the eyes of whoever has it open."""

from __future__ import annotations

import sqlite3
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
