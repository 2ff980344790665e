"""A dump is the database of one moment, whatever others do meanwhile."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import money_mover
import pytest
from money_mover import SUM, make_bank
from sqlite_making import ROWS, dump, everything, make_database, movers, names, opened, url_of, words, written

from openviper.backup.engines.base import DumpOptions
from openviper.backup.engines.sqlite import SQLiteEngine
from openviper.backup.errors import IncompleteDump
from openviper.backup.job import Job, Progress
from openviper.backup.url import parse_url


@pytest.fixture
def folder(tmp_path):
    """Where the archive would go."""
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


@pytest.mark.parametrize("mode", ["DELETE", "TRUNCATE", "PERSIST", "WAL"])
def test_while_money_is_moved(tmp_path, folder, mode):
    """Every dump has the whole sum, is sound, and is of another moment than the one before."""
    bank = make_bank(tmp_path / "bank.db", mode)
    seen = [0]
    with movers(bank):
        for _ in range(6):
            data, counts, _ = dump(bank, folder, count_rows=True)
            with opened(written(tmp_path / "copy.db", data)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert connection.execute("SELECT sum(balance) FROM accounts").fetchone()[0] == SUM
                seen.append(connection.execute("SELECT count(*) FROM moves").fetchone()[0])
            assert counts == {"accounts": money_mover.ACCOUNTS, "moves": seen[-1]}
            for rest in tmp_path.glob("copy.db*"):
                rest.unlink()
            # The programs move some more before the next.
            deadline = time.monotonic() + 30
            while moves_in(bank) <= seen[-1]:
                assert time.monotonic() < deadline
    assert seen == sorted(set(seen))


def moves_in(bank: Path) -> int:
    with opened(bank, timeout=60) as connection:
        return connection.execute("SELECT count(*) FROM moves").fetchone()[0]


def test_what_is_only_in_the_log(tmp_path, folder):
    """In WAL mode, what was committed and not yet written into the file is in the dump."""
    path = make_database(tmp_path / "shop.db", mode="WAL")
    with opened(path) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("UPDATE things SET word = 'newest'")
        assert (tmp_path / "shop.db-wal").stat().st_size > 1 << 19
        data, *_ = dump(path, folder)
    assert words(written(tmp_path / "copy.db", data)) == [("newest", ROWS)]


def test_writers_go_on_in_wal_mode(tmp_path, folder):
    """A write in the middle of the copy succeeds at once, and is not in the dump nor in its counts."""
    path = make_database(tmp_path / "shop.db", mode="WAL")
    done = []

    def write(progress):
        if progress.step == "snapshot" and progress.done and not done:
            with opened(path, timeout=0) as connection:
                connection.execute("DELETE FROM things WHERE id % 2")
                done.append(progress.done)

    data, counts, _ = dump(path, folder, job=Job(on_progress=write), count_rows=True)
    assert done
    assert counts == {"things": ROWS}
    assert words(written(tmp_path / "copy.db", data)) == [("new", ROWS)]
    assert words(path) == [("new", ROWS // 2)]


def test_writers_wait_only_for_the_copy(tmp_path, folder):
    """With a rollback journal a write waits, and may go on before the first byte is read."""
    path = make_database(tmp_path / "shop.db")
    tried = []

    def write(progress):
        if progress.step == "snapshot" and progress.done and not tried:
            with opened(path, timeout=0) as connection, pytest.raises(sqlite3.OperationalError, match="locked"):
                connection.execute("DELETE FROM things")
            tried.append(progress.done)

    with (
        Job(on_progress=write) as job,
        SQLiteEngine().dump(parse_url(url_of(path)), DumpOptions(folder), job) as dumped,
        opened(path, timeout=0) as connection,
    ):
        connection.execute("DELETE FROM things")
        data = dumped.read(1 << 30)
    assert tried
    assert words(written(tmp_path / "copy.db", data)) == [("new", ROWS)]


RICH = """
PRAGMA user_version = 42;
PRAGMA application_id = 1234567;
CREATE TABLE "a ""b"".'c'" (x INTEGER PRIMARY KEY AUTOINCREMENT, "ü" TEXT, y AS (x * 2) STORED, z AS (x));
CREATE TABLE w (k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID;
CREATE TABLE log (what);
CREATE TRIGGER t AFTER INSERT ON w BEGIN INSERT INTO log VALUES (new.k || ';'); END;
CREATE VIEW v AS SELECT * FROM log;
CREATE INDEX i ON w (lower(k)) WHERE v IS NOT NULL;
CREATE VIRTUAL TABLE docs USING fts5(body);
CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
INSERT INTO "a ""b"".'c'" ("ü") VALUES ('käse'), (NULL), (1.5), ('a' || char(0) || 'b');
INSERT INTO w VALUES ('k', x'000102feff');
INSERT INTO docs VALUES ('the quick brown fox');
INSERT INTO boxes VALUES (1, 0.5, 1.5);
"""


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("vacuum", [0, 1, 2])
@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_all_that_a_database_has(tmp_path, folder, mode, vacuum, encoding):
    """Tables of all kinds come back row by row, and so do the pragmas that are in the file."""
    pragmas = [
        "journal_mode", "auto_vacuum", "encoding", "user_version", "application_id", "page_size", "freelist_count"
    ]  # fmt: skip
    with opened(tmp_path / "rich.db") as connection:
        connection.executescript(f"""
            PRAGMA encoding = '{encoding}'; PRAGMA page_size = 1024; PRAGMA auto_vacuum = {vacuum};
            PRAGMA journal_mode = {mode}; {RICH}
        """)
    data, *_ = dump(tmp_path / "rich.db", folder)
    written(tmp_path / "copy.db", data)
    with opened(tmp_path / "rich.db") as one, opened(tmp_path / "copy.db") as other:
        for connection in (one, other):
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("SELECT rowid FROM docs WHERE docs MATCH 'fox'").fetchall() == [(1,)]
            assert connection.execute("SELECT id FROM boxes WHERE x0 < 1").fetchall() == [(1,)]
            assert connection.execute("SELECT * FROM v").fetchall() == [("k;",)]
        for pragma in pragmas:
            assert one.execute(f"PRAGMA {pragma}").fetchall() == other.execute(f"PRAGMA {pragma}").fetchall()
        assert one.execute("PRAGMA auto_vacuum").fetchone() == (vacuum,)
    assert everything(tmp_path / "rich.db") == everything(tmp_path / "copy.db")


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
def test_reads(tmp_path, folder, page_size, size):
    """A dump gives as many bytes as are asked for, and in the end none; not read to its end, it is none."""
    path = make_database(tmp_path / "shop.db", rows=10, page_size=page_size)
    with Job() as job, SQLiteEngine().dump(parse_url(url_of(path)), DumpOptions(folder), job) as dumped:
        first = dumped.read(size)
        assert len(first) == min(size, dumped.size)
        if len(first) < dumped.size:
            with pytest.raises(IncompleteDump):
                dumped.finish()
        rest = dumped.read(1 << 30)
        assert dumped.read(1) == b""
        assert dumped.finish() == (None, ())
    assert len(first + rest) == dumped.size == path.stat().st_size


def test_the_source_is_as_it_was(tmp_path, folder):
    """A database has the same bytes behind a backup, and nothing stands beside it."""
    path = make_database(tmp_path / "shop.db")
    before = path.read_bytes()
    dump(path, folder)
    assert path.read_bytes() == before
    assert names(tmp_path) == ["backups", "shop.db"]


def test_the_copy_has_no_name(tmp_path, folder):
    """Even while the copy is made, nothing of it can be seen: a kill leaves nothing."""
    path = make_database(tmp_path / "shop.db")
    seen = []
    with (
        Job(on_progress=lambda _: seen.append(names(folder))) as job,
        SQLiteEngine().dump(parse_url(url_of(path)), DumpOptions(folder), job) as dumped,
    ):
        assert dumped.read(16) == b"SQLite format 3\x00"
        assert names(folder) == []
    assert seen
    assert all(each == [] for each in seen)


@pytest.mark.parametrize("rows", [None, 0])
def test_a_database_without_tables(tmp_path, folder, rows):
    """A database without tables can be backed up, a file without a byte too; a note says it."""
    (tmp_path / "empty.db").touch()
    if rows is not None:
        with opened(tmp_path / "empty.db") as connection:
            connection.execute("PRAGMA user_version = 1")
    data, counts, notes = dump(tmp_path / "empty.db", folder, count_rows=True)
    assert data.startswith(b"SQLite format 3\x00")
    assert counts == {}
    assert notes == (f"'{tmp_path}/empty.db' has no tables",)


def test_progress(tmp_path, folder):
    """The copy is told in bytes, from none to all, and then that the pages are looked at."""
    path = make_database(tmp_path / "shop.db", rows=9_000)
    told = []
    dump(path, folder, job=Job(on_progress=told.append))
    size = path.stat().st_size
    assert told.pop() == Progress("check")
    assert {(each.step, each.total) for each in told} == {("snapshot", size)}
    done = [each.done for each in told]
    assert done == sorted(done)
    assert (done[0], len(done)) == (0, size // (1 << 20) + 1)
