"""Restores over what is damaged, or left behind."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlite_making import (
    ROWS,
    data_of,
    load,
    make_database,
    names,
    opened,
    restore,
    running,
    url_of,
    words,
)

from openviper.backup._sqlite import swap as swapping
from openviper.backup._sqlite.copying import copy_database
from openviper.backup.engines.base import RestoreOptions
from openviper.backup.engines.sqlite import SQLiteEngine
from openviper.backup.errors import (
    InvalidArchive,
    RestoreRefused,
    SwapUnfinished,
)
from openviper.backup.job import Job
from openviper.backup.url import parse_url


@pytest.fixture
def shop(tmp_path):
    return tmp_path / "shop.db"


RUBBISH = [b"x", b"x" * 511, b"x" * 100_000, b"SQLite format 3\x00" + b"\xff" * 5000]


@pytest.mark.parametrize("rests", [False, True])
@pytest.mark.parametrize("rubbish", RUBBISH)
def test_a_damaged_target(tmp_path, shop, rubbish, rests):
    """Where SQLite cannot open it another file takes its place, with its mode; rubbish beside it is gone."""
    data = data_of(shop)
    shop.write_bytes(rubbish)
    shop.chmod(0o640)
    if rests:
        (tmp_path / "shop.db-journal").write_bytes(b"journal")
        (tmp_path / "shop.db-wal").write_bytes(b"wal")
    kept, notes = restore(shop, data, keep_old=True)
    assert words(shop) == [("new", ROWS)]
    assert shop.stat().st_mode & 0o777 == 0o640
    assert "was damaged" in notes[0]
    old = Path(kept)
    assert old.read_bytes() == rubbish
    assert old.name.startswith("shop.db.before-restore-")
    assert [name for name in names(tmp_path) if not name.startswith(old.name)] == ["shop.db"]


def test_a_target_with_a_damaged_page(tmp_path, shop):
    """What SQLite can open is overwritten in its place."""
    data = data_of(shop)
    make_database(shop, "old")
    with shop.open("r+b") as file:
        file.seek(4096 * 4)
        file.write(b"\xde\xad\xbe\xef" * 1024)
    before = shop.stat().st_ino
    restore(shop, data)
    assert words(shop) == [("new", ROWS)]
    assert shop.stat().st_ino == before
    assert names(tmp_path) == ["shop.db"]


def test_what_was_loaded_is_damaged(tmp_path, shop):
    """Damage of the new file is not taken for damage of the live one, which stays."""
    data = data_of(shop)
    make_database(shop, "old")
    with Job() as job, SQLiteEngine().target(parse_url(url_of(shop)), RestoreOptions(Path("/x.sql")), job) as target:
        load(target, data)
        (tmp_path / ".shop.db.restore" / "new.db").write_bytes(b"x" * 100_000)
        with pytest.raises(InvalidArchive, match="What was loaded is damaged"):
            target.swap()
    assert words(shop) == [("old", ROWS)]


def test_a_torn_target(tmp_path, shop):
    """A file that is shorter than it says is overwritten, or another takes its place."""
    data = data_of(shop)
    make_database(shop, "old")
    os.truncate(shop, 4096 * 5)
    restore(shop, data)
    assert words(shop) == [("new", ROWS)]
    assert names(tmp_path) == ["shop.db"]


def test_a_damaged_target_in_use(tmp_path, shop):
    """Where a program holds a lock on what is damaged, it is left alone."""
    data = data_of(shop)
    make_database(shop, "old")
    before = shop.read_bytes()
    holder = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN'); "
        "c.execute('SELECT count(*) FROM things').fetchall(); print('held', flush=True); sys.stdin.read()"
    )
    with running(holder, shop) as process:
        with shop.open("r+b") as file:
            file.write(b"rubbish")
        with pytest.raises(RestoreRefused, match="is locked by another program"):
            restore(shop, data, query="?timeout=0.3")
        assert process.poll() is None
    assert shop.read_bytes() == b"rubbish" + before[7:]
    assert names(tmp_path) == ["shop.db"]


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
@pytest.mark.parametrize("keep_old", [False, True])
def test_what_is_left_of_a_database_that_is_gone(tmp_path, shop, suffix, keep_old):
    """A log or a journal counts as data, is never taken for the new database's own, and is kept where one says so."""
    data = data_of(shop)
    rest = tmp_path / f"shop.db{suffix}"
    rest.write_bytes(hot(tmp_path, suffix))
    with Job() as job, SQLiteEngine().target(parse_url(url_of(shop)), RestoreOptions(Path("/x")), job) as target:
        target.preflight()
        assert target.holds_data()
    kept, _ = restore(shop, data, keep_old=keep_old)
    assert words(shop) == [("new", ROWS)]
    assert names(tmp_path) == ["shop.db", *([Path(kept).name] if keep_old else [])]
    if keep_old:
        assert kept.endswith(suffix)


def hot(folder: Path, suffix: str) -> bytes:
    """Return a journal or log as a killed program leaves it."""
    path = make_database(folder / "hot.db", "hot", mode="WAL" if suffix == "-wal" else "DELETE")
    with opened(path) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("UPDATE things SET word = 'hotter'")
        data = Path(f"{path}{suffix}").read_bytes()
        connection.execute("ROLLBACK")
    path.unlink()
    assert len(data) > 100_000
    return data


def test_a_hot_journal(tmp_path, shop):
    """What a killed program has half done is undone first: the copy that is kept is sound."""
    data = data_of(shop)
    journal = hot(tmp_path, "-journal")
    make_database(shop, "hot")
    with opened(shop) as connection:
        connection.execute("UPDATE things SET word = 'torn' WHERE id < 10")
    (tmp_path / "shop.db-journal").write_bytes(journal)
    kept, _ = restore(shop, data, keep_old=True)
    assert words(shop) == [("new", ROWS)]
    assert words(Path(kept)) == [("hot", ROWS)]


def test_a_target_that_is_taken_away_meanwhile(tmp_path, shop):
    """Where the old data can be put back no more, its copy is kept, and the message says where."""
    data = data_of(shop)
    make_database(shop, "old")

    def spoil(progress):
        if progress.step == "overwrite" and progress.done:
            shop.unlink()
            shop.write_bytes(b"rubbish" * 1000)
            raise ZeroDivisionError

    with pytest.raises(SwapUnfinished, match=r"its data is in '.*before-restore.*--force") as caught:
        restore(shop, data, job=Job(on_progress=spoil))
    kept = next(name for name in names(tmp_path) if "before-restore" in name)
    assert kept in str(caught.value)
    assert words(tmp_path / kept) == [("old", ROWS)]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize("keep_old", [False, True])
def test_a_disk_that_fails_at_the_end(tmp_path, monkeypatch, shop, mode, keep_old):
    """Where SQLite tells of an error and the new data is there nevertheless, the old is kept; that is said."""
    data = data_of(shop)
    make_database(shop, "old", mode=mode)
    monkeypatch.setattr(swapping, "copy_database", failing)
    with pytest.raises(
        SwapUnfinished, match=r"overwritten .disk I/O error.* its data is in '.*before-restore"
    ) as caught:
        restore(shop, data, keep_old=keep_old)
    assert words(shop) == [("new", ROWS)]
    kept = names(tmp_path)[1]
    assert kept in str(caught.value)
    assert words(tmp_path / kept) == [("old", ROWS)]
    assert len(names(tmp_path)) == 2


def failing(source, target, step, job, patience):
    copy_database(source, target, step, job, patience)
    if step == "overwrite":
        raise sqlite3.OperationalError("disk I/O error")


@pytest.mark.parametrize("is_damaged", [False, True])
def test_the_copy_of_a_killed_run(tmp_path, shop, is_damaged):
    """The copy that a killed run has left goes away where the target is sound, and is kept where it is not."""
    data = data_of(shop)
    workplace = tmp_path / ".shop.db.restore"
    workplace.mkdir()
    make_database(workplace / "old.db", "old")
    if is_damaged:
        shop.write_bytes(b"rubbish" * 1000)
    else:
        make_database(shop, "live")
    _, notes = restore(shop, data)
    assert words(shop) == [("new", ROWS)]
    kept = [name for name in names(tmp_path) if name != "shop.db"]
    assert len(kept) == is_damaged
    if is_damaged:
        assert words(tmp_path / kept[0]) == [("old", ROWS)]
        assert kept[0] in notes[0]
