"""Backup, verification and restore of SQLite as users call them, while programs have the database open."""

from __future__ import annotations

import gzip
import sqlite3
import tarfile
import time
from contextlib import closing
from pathlib import Path

import pytest
from money_mover import SUM, make_bank
from sqlite_making import make_database, movers, names, opened, reader, url_of, words

from openviper.backup.backup import backup_database
from openviper.backup.errors import InvalidArchive, RestoreRefused
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup

ROWS = 3_000


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
async def test_there_and_back(tmp_path, monkeypatch, mode, compress):
    """A backup is verified by its counts, and restored; any other tool reads the archive."""
    monkeypatch.chdir(tmp_path)
    make_database(tmp_path / "shop.db", rows=ROWS, mode=mode)
    made = await backup_database("sqlite:///shop.db", "backups", count_rows=True, compress=compress)
    assert (made.engine, made.database_name, made.row_counts) == ("sqlite", "shop", {"things": ROWS})
    verified = await verify_backup(made.location)
    assert (verified.compared, verified.row_counts) == (True, {"things": ROWS})
    with opened(tmp_path / "shop.db") as connection:
        connection.execute("DELETE FROM things")
    restored = await restore_database(made.location, "sqlite+aiosqlite:///shop.db", force=True)
    assert (restored.engine, restored.dump_bytes, restored.kept) == ("sqlite", made.dump_bytes, None)
    assert words(tmp_path / "shop.db") == [("new", ROWS)]
    assert names(tmp_path) == ["backups", "shop.db"]
    assert len(names(tmp_path / "backups")) == 2
    if compress:
        with tarfile.open(made.location) as archive:
            (tmp_path / "by hand.db").write_bytes(archive.extractfile("backup.sql").read())
        assert words(tmp_path / "by hand.db") == [("new", ROWS)]


async def test_data_is_not_replaced_unasked(tmp_path):
    """Without force a target with tables is refused; one without is not."""
    made = await backup_database(url_of(make_database(tmp_path / "shop.db", rows=10)), tmp_path / "backups")
    make_database(tmp_path / "live.db", "old", rows=1)
    with pytest.raises(RestoreRefused, match="holds data"):
        await restore_database(made.location, url_of(tmp_path / "live.db"))
    assert words(tmp_path / "live.db") == [("old", 1)]
    (tmp_path / "empty.db").touch()
    await restore_database(made.location, url_of(tmp_path / "empty.db"))
    assert words(tmp_path / "empty.db") == [("new", 10)]
    assert names(tmp_path) == ["backups", "empty.db", "live.db", "shop.db"]


@pytest.mark.parametrize("archived", [False, True])
async def test_sql_by_hand(tmp_path, archived):
    """A .sql file of text is run, and so is text in an archive."""
    text = tmp_path / "backup.sql"
    text.write_text("CREATE TABLE things (word TEXT);\nINSERT INTO things VALUES ('by hand');\n")
    file = text
    if archived:
        file = tmp_path / "hand.tar.gz"
        with tarfile.open(file, "w:gz") as archive:
            archive.add(text, "backup.sql")
    result = await restore_database(file, url_of(tmp_path / "shop.db"))
    assert words(tmp_path / "shop.db") == [("by hand", 1)]
    assert any("has no sidecar" in note for note in result.notes)


async def test_sql_that_fails_half_way(tmp_path):
    """Where SQL text fails, the target is as it was."""
    make_database(tmp_path / "shop.db", "old", rows=5)
    (tmp_path / "x.sql").write_text(
        "DROP TABLE IF EXISTS things;\nCREATE TABLE t (a);\nINSERT INTO nowhere VALUES (1);\n"
    )
    with pytest.raises(InvalidArchive, match="Line 3 of the SQL text: no such table: nowhere"):
        await restore_database(tmp_path / "x.sql", url_of(tmp_path / "shop.db"), force=True)
    assert words(tmp_path / "shop.db") == [("old", 5)]
    assert names(tmp_path) == ["shop.db", "x.sql"]


@pytest.mark.parametrize("data", [b"\x00\x01\x02", gzip.compress(b"x"), b"SQLite format 3\x00"])
async def test_bytes_that_are_no_database(tmp_path, data):
    """Bytes that are no database are refused, and nothing is made."""
    (tmp_path / "x.sql").write_bytes(data)
    with pytest.raises(InvalidArchive):
        await restore_database(tmp_path / "x.sql", url_of(tmp_path / "shop.db"))
    assert names(tmp_path) == ["x.sql"]


async def test_a_database_that_was_damaged_when_it_was_backed_up(tmp_path):
    """An index with other words than its table, which a backup does not see, is refused by all who restore."""
    shop = make_database(tmp_path / "shop.db", rows=ROWS)
    with opened(shop) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'words'").fetchone()
    data = shop.read_bytes()
    start = 4096 * (page - 1)
    shop.write_bytes(data[:start] + data[start : start + 4096].replace(b"new", b"nex") + data[start + 4096 :])
    made = await backup_database(url_of(shop), tmp_path / "backups")
    for attempt in (
        verify_backup(made.location),
        restore_database(made.location, url_of(tmp_path / "other.db")),
        restore_database(made.location, url_of(shop), force=True),
    ):
        with pytest.raises(InvalidArchive, match="is damaged, says SQLite's integrity_check"):
            await attempt
    assert names(tmp_path) == ["backups", "shop.db"]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
async def test_while_money_is_moved(tmp_path, mode):
    """Programs that write all the time go on in the restored data; no sum is ever wrong."""
    bank = make_bank(tmp_path / "bank.db", mode)
    with movers(bank):
        made = await backup_database(url_of(bank), tmp_path / "backups", count_rows=True)
        with opened(bank, timeout=60) as connection:
            connection.execute("CREATE TABLE later (a)")
        for _ in range(3):
            await restore_database(made.location, url_of(bank), force=True)
            assert total(bank) == SUM
        moves = count_moves(bank)
        assert moves >= made.row_counts["moves"]
        deadline = time.monotonic() + 30
        while count_moves(bank) <= moves:
            assert time.monotonic() < deadline
    with opened(bank) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'later'").fetchone() == (0,)
    assert total(bank) == SUM


def total(bank: Path) -> int:
    with opened(bank, timeout=60) as connection:
        return connection.execute("SELECT sum(balance) FROM accounts").fetchone()[0]


def count_moves(bank: Path) -> int:
    with opened(bank, timeout=60) as connection:
        return connection.execute("SELECT count(*) FROM moves").fetchone()[0]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
async def test_a_program_that_has_it_open(tmp_path, mode):
    """Another process that had read the old data reads the new by its open connection."""
    make_database(tmp_path / "new.db", "new", rows=10, mode=mode)
    made = await backup_database(url_of(tmp_path / "new.db"), tmp_path / "backups")
    shop = make_database(tmp_path / "shop.db", "old", mode=mode)
    with closing(sqlite3.connect(shop, isolation_level=None)) as connection:
        assert connection.execute("SELECT DISTINCT word FROM things").fetchall() == [("old",)]
        with reader(shop) as ask:
            assert ask() == "old"
            await restore_database(made.location, url_of(shop), force=True)
            assert ask() == "new"
        assert connection.execute("SELECT DISTINCT word FROM things").fetchall() == [("new",)]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
async def test_a_database_file_that_somebody_writes_to(tmp_path, mode):
    """What is not all of a database is neither restored nor verified; once it is all in the file, it is both."""
    live, shop = make_database(tmp_path / "live.db", "live", rows=ROWS, mode=mode), tmp_path / "shop.db"
    with opened(live) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("UPDATE things SET word = 'later'")
        if mode == "WAL":
            connection.execute("COMMIT")
        beside = rf"'.*live.db' is not all of its database: 'live.db-{'wal' if mode == 'WAL' else 'journal'}' beside it"
        for attempt in (restore_database(live, url_of(shop)), verify_backup(live)):
            with pytest.raises(InvalidArchive, match=beside):
                await attempt
        if mode == "DELETE":
            connection.execute("COMMIT")
    assert names(tmp_path) == ["live.db"]
    (tmp_path / "latest.db").symlink_to("live.db")
    await restore_database(tmp_path / "latest.db", url_of(shop))
    assert words(shop) == [("later", ROWS)]


async def test_a_journal_that_is_not_hot(tmp_path):
    """What SQLite leaves with journal_mode=PERSIST is in nobody's way."""
    live = make_database(tmp_path / "live.db", "live", rows=ROWS, mode="PERSIST")
    assert (tmp_path / "live.db-journal").stat().st_size
    await restore_database(live, url_of(tmp_path / "shop.db"))
    assert words(tmp_path / "shop.db") == [("live", ROWS)]


async def test_a_plain_backup_that_somebody_has_opened(tmp_path):
    """A plain backup with its sidecar is whole by itself, whatever stands beside it."""
    shop = make_database(tmp_path / "shop.db", rows=ROWS, mode="WAL")
    made = await backup_database(url_of(shop), tmp_path, compress=False)
    with opened(Path(made.location)) as connection:
        connection.execute("UPDATE things SET word = 'not in the backup' WHERE id = 1")
        assert len(names(tmp_path)) == 5
        await restore_database(made.location, url_of(shop), force=True)
    assert words(shop) == [("new", ROWS)]
