"""A restore puts all of a backup in a database's place, or says why it does not."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_making import (
    ROWS,
    data_of,
    everything,
    make_database,
    names,
    restore,
    url_of,
    words,
)

from openviper.backup.engines.base import Content, RestoreOptions
from openviper.backup.engines.sqlite import SQLiteEngine
from openviper.backup.errors import (
    InvalidArchive,
    InvalidInput,
    RestoreRefused,
    TargetBusy,
)
from openviper.backup.job import Job
from openviper.backup.url import parse_url


@pytest.fixture
def shop(tmp_path):
    return tmp_path / "shop.db"


def test_a_target_that_is_not_there(tmp_path, shop):
    """A database that was not there is made, for its owner only, and its whole path is said."""
    assert restore(shop, data_of(shop), keep_old=True) == (None, (f"There was no '{shop}' before: it was made",))
    assert words(shop) == [("new", ROWS)]
    assert names(tmp_path) == ["shop.db"]
    assert shop.stat().st_mode & 0o777 == 0o600


def test_a_name_that_leaves_no_room_for_another(tmp_path):
    """Where the old data could have no name it is said before anything is loaded."""
    shop = make_database(tmp_path / ("x" * 225), "old")
    with pytest.raises(RestoreRefused, match=r"--keep-old: 'x+' is too long a name"):
        restore(shop, data_of(tmp_path / "other.db"), keep_old=True)
    assert words(shop) == [("old", ROWS)]


def test_a_database_that_was_cut(tmp_path, shop):
    """Of a database whose file was cut to nothing, its log is kept, which has the data."""
    data = data_of(tmp_path / "other.db")
    shop.touch()
    Path(f"{shop}-wal").write_bytes(b"log")
    kept, notes = restore(shop, data, keep_old=True)
    assert notes == (f"'{shop}' was empty, but for its log: another file took its place",)
    assert words(shop) == [("new", ROWS)]
    assert Path(f"{kept}-wal").read_bytes() == b"log"


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_keeping_the_old_data(tmp_path, shop, mode):
    """Old data that is kept stands beside the new, whole, with the same mode and owner, however often in a second."""
    data = data_of(shop)
    make_database(shop, "old", mode=mode)
    before = everything(shop)
    shop.chmod(0o640)
    if not os.geteuid():
        os.chown(shop, 1234, 2345)
    kept = [restore(shop, data, keep_old=True)[0] for _ in range(2)]
    assert everything(Path(kept[0])) == before
    assert words(Path(kept[1])) == [("new", ROWS)]
    assert names(tmp_path) == sorted(["shop.db", *(Path(each).name for each in kept)])
    for path in (shop, *map(Path, kept)):
        status = path.stat()
        assert status.st_mode & 0o777 == 0o640
        assert os.geteuid() or (status.st_uid, status.st_gid) == (1234, 2345)


def test_a_link(tmp_path, shop):
    """The file behind a link is restored, and the link stays."""
    (tmp_path / "data").mkdir()
    data = data_of(shop)
    shop.symlink_to("data/real.db")
    restore(shop, data)
    assert words(tmp_path / "data" / "real.db") == [("new", ROWS)]
    (tmp_path / "data" / "real.db").write_bytes(b"rubbish" * 100)
    restore(shop, data)
    assert words(shop) == [("new", ROWS)]
    assert shop.is_symlink()
    assert names(tmp_path / "data") == ["real.db"]
    assert names(tmp_path) == ["data", "shop.db"]


def test_names_that_mean_something(tmp_path):
    """Spaces, percent and question marks, quotes and Unicode are names like others."""
    path = tmp_path / "a b%20?x=1#'\"ü.db"
    data = data_of(path)
    make_database(path, "old")
    restore(path, data)
    assert words(path) == [("new", ROWS)]
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize("missing", [False, True])
def test_sql_text(tmp_path, shop, missing):
    """SQL text is run beside the target, whose place the result takes."""
    if not missing:
        make_database(shop, "old", mode="WAL")
    _, notes = restore(shop, b"CREATE TABLE things (word TEXT); INSERT INTO things VALUES ('written');")
    assert words(shop) == [("written", 1)]
    assert "whether it is whole could not be checked" in notes[0]
    assert names(tmp_path) == ["shop.db"]


HALF = b"CREATE TABLE things (word UNIQUE);\nINSERT INTO things VALUES ('a');\nINSERT INTO things VALUES ('a');\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (HALF, "Line 3 of the SQL text: UNIQUE constraint failed"),
        (b"BEGIN; CREATE TABLE t (a);\n", "ends within a transaction"),
        (b"CREATE TABLE t (a);\nINSERT INTO t VALUES ('", "ends within a statement"),
        (b"-- nothing\n", "makes nothing"),
        (b"\x00\x01\x02", "neither a database file of SQLite nor SQL text"),
        (b"PGDMP\x00", "neither a database file of SQLite nor SQL text"),
        (b"SQLite format 3\x00", "less than its header has"),
        ("torn", "it is torn"),
        ("damaged", "is damaged, says SQLite's integrity_check"),
    ],
)
@pytest.mark.parametrize("missing", [False, True])
def test_what_cannot_be_restored(tmp_path, shop, data, message, missing):
    """What cannot be restored is refused before the target is touched, and nothing of it remains."""
    if isinstance(data, str):
        whole = data_of(shop)
        data = whole[:-4096] if data == "torn" else whole[:20_000] + b"\xde\xad" * 2048 + whole[24_096:]
    if not missing:
        make_database(shop, "old")
    with pytest.raises(InvalidArchive, match=message):
        restore(shop, data)
    assert missing or words(shop) == [("old", ROWS)]
    assert names(tmp_path) == ([] if missing else ["shop.db"])


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda shop: None, False),
        (lambda shop: shop.touch(), False),
        (lambda shop: closing(sqlite3.connect(shop)).__enter__().execute("PRAGMA user_version = 1"), False),
        (lambda shop: make_database(shop, rows=0), True),
        (lambda shop: make_database(shop, mode="WAL"), True),
        (lambda shop: shop.write_bytes(b"x"), True),
        (lambda shop: shop.write_bytes(b"x" * 5000), True),
        (lambda shop: Path(f"{shop}-wal").touch(), False),
        (lambda shop: Path(f"{shop}-wal").write_bytes(b"x"), True),
        (lambda shop: (shop.touch(), Path(f"{shop}-wal").touch()), False),
        (lambda shop: (shop.touch(), Path(f"{shop}-wal").write_bytes(b"x")), True),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_whether_it_holds_data(shop, make, expected):
    """Tables are data, and so is what nobody can read."""
    make(shop)
    with Job() as job, SQLiteEngine().target(parse_url(url_of(shop)), RestoreOptions(Path("/x")), job) as target:
        target.preflight()
        assert target.holds_data() == expected


def test_a_second_restore(tmp_path, shop):
    """A second restore of one target is refused while the first one runs, which goes on as if it had never been."""
    data = data_of(shop)
    make_database(shop, "old")

    def again(progress):
        if progress.step == "overwrite" and not refused:
            with pytest.raises(TargetBusy, match=r"Another restore of '.*shop.db' is running"):
                restore(shop, data)
            refused.append(progress)

    refused = []
    restore(shop, data, job=Job(on_progress=again))
    assert refused
    assert words(shop) == [("new", ROWS)]
    assert names(tmp_path) == ["shop.db"]


def test_the_backup_itself(shop):
    """A database cannot be restored from itself."""
    make_database(shop, "old")
    with pytest.raises(InvalidInput, match="is the backup itself"):
        restore(shop, b"", file=shop)
    assert words(shop) == [("old", ROWS)]


def test_a_database_in_memory():
    """A database in memory is no target."""
    with (
        Job() as job,
        pytest.raises(InvalidInput, match="in memory"),
        SQLiteEngine().target(parse_url("sqlite:///:memory:"), RestoreOptions(Path("/x")), job),
    ):
        pass


def test_content_is_looked_at_before_it_is_loaded(shop):
    """A head that is no text is refused by accept itself."""
    with (
        Job() as job,
        SQLiteEngine().target(parse_url(url_of(shop)), RestoreOptions(Path("/x")), job) as target,
        pytest.raises(InvalidArchive),
    ):
        target.accept(Content(1, b"\xff", b"\xff"))
