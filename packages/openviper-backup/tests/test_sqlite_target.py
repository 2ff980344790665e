"""A restore puts all of a backup into the live database, or leaves that as it was."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_making import (
    ROWS,
    everything,
    load,
    make_database,
    names,
    opened,
    restore,
    running,
    small_disk,
    url_of,
    words,
)

from openviper.backup.engines.base import Content, RestoreOptions
from openviper.backup.engines.sqlite import SQLiteEngine
from openviper.backup.errors import (
    BackupError,
    Interrupted,
    InvalidArchive,
    InvalidInput,
    NotEnoughSpace,
    RestoreRefused,
    SwapUnfinished,
    TargetBusy,
)
from openviper.backup.job import Job
from openviper.backup.url import parse_url

RUBBISH = [b"x", b"x" * 511, b"x" * 100_000, b"SQLite format 3\x00" + b"\xff" * 5000]


def data_of(path: Path, word: str = "new", **options) -> bytes:
    """Return the bytes of a new database, which is gone again."""
    data = make_database(path.with_name("made.db"), word, **options).read_bytes()
    path.with_name("made.db").unlink()
    return data


@pytest.fixture
def shop(tmp_path):
    return tmp_path / "shop.db"


def test_a_target_that_is_not_there(tmp_path, shop):
    """It is made, for its owner only."""
    assert restore(shop, data_of(shop), keep_old=True) == (None, ())
    assert words(shop) == [("new", ROWS)]
    assert names(tmp_path) == ["shop.db"]
    assert shop.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
@pytest.mark.parametrize("old_mode", ["DELETE", "PERSIST", "WAL"])
@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize(("old_rows", "rows"), [(10, 5_000), (5_000, 10)])
def test_a_target_that_holds_data(tmp_path, shop, mode, old_mode, page_size, old_rows, rows):
    """Everything in it is the backup's then, larger or smaller, whatever its pages and its journal were."""
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
    """They are the backup's, and the file can be written."""

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
    """So do they where the pages have another size, with a rollback journal."""
    data = data_of(shop, rows=100, page_size=512)
    make_database(shop, "old")
    with opened(shop) as connection:
        connection.execute("SELECT * FROM things").fetchall()
        restore(shop, data)
        connection.execute("INSERT INTO things (word) VALUES ('newest')")
    assert words(shop) == [("new", 100), ("newest", 1)]


def test_who_has_it_open_in_wal_mode_and_the_backup_is_not(shop):
    """The mode cannot change under them; that is said, and the data is the backup's."""
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
    """In WAL mode it sees the old data to its end, and the new data then."""
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
    """It is waited for."""
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


def test_another_encoding(shop):
    """A connection that has read the old data reads the new where its encoding is another."""
    with opened(shop) as connection:
        connection.execute("PRAGMA encoding = 'UTF-16'")
    data = make_database(shop, rows=10).read_bytes()
    shop.unlink()
    make_database(shop, "old")
    with opened(shop) as connection:
        connection.execute("SELECT * FROM things").fetchall()
        restore(shop, data)
        assert connection.execute("SELECT word, count(*) FROM things GROUP BY word").fetchall() == [("new", 10)]
        connection.execute("INSERT INTO things (word) VALUES ('käse')")
    assert words(shop) == [("käse", 1), ("new", 10)]


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


def test_a_torn_target(tmp_path, shop):
    """So is a file that is shorter than it says, or another takes its place."""
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


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_keeping_the_old_data(tmp_path, shop, mode):
    """It stands beside the new, whole, with the same mode and owner, however many times in a second."""
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
    """The file behind it is restored, and the link stays."""
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
    """It is run beside the target, whose place the result takes."""
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
    """It is refused before the target is touched, and nothing of it remains."""
    if isinstance(data, str):
        whole = data_of(shop)
        data = whole[:-4096] if data == "torn" else whole[:20_000] + b"\xde\xad" * 2048 + whole[24_096:]
    if not missing:
        make_database(shop, "old")
    with pytest.raises(InvalidArchive, match=message):
        restore(shop, data)
    assert missing or words(shop) == [("old", ROWS)]
    assert names(tmp_path) == ([] if missing else ["shop.db"])


def steps_of(shop: Path, data: bytes) -> list[str]:
    told = []
    restore(shop, data, job=Job(on_progress=told.append))
    assert all(each.total is None or each.done <= each.total for each in told)
    return [*dict.fromkeys(each.step for each in told)]


def test_steps(shop):
    """Each is told when it begins."""
    data = data_of(shop)
    assert steps_of(shop, data) == ["check", "place", "clean up"]
    assert steps_of(shop, data) == ["check", "safety copy", "overwrite", "clean up"]
    shop.write_bytes(RUBBISH[-1])
    assert steps_of(shop, data) == ["check", "replace", "move", "clean up"]
    assert steps_of(shop, b"CREATE TABLE things (word);") == ["load", "check", "safety copy", "overwrite", "clean up"]


@pytest.mark.parametrize("kind", ["DELETE", "WAL", "other pages", "damaged", "missing"])
@pytest.mark.parametrize("how", [Interrupted, ZeroDivisionError])
@pytest.mark.parametrize(
    "step", ["check", "safety copy", "safety copy 1", "overwrite", "overwrite 1", "place", "replace", "move"]
)
def test_stopped_at_each_step(tmp_path, shop, kind, how, step):
    """Whatever it is stopped by, the target is as it was, can be written at once, and nothing else is there."""
    data = data_of(shop, rows=10_000)
    before = old_of(shop, kind)

    def stop(progress):
        if step == progress.step + (" 1" if progress.done else ""):
            reached.append(step)
            if how is Interrupted:
                job.cancel()
            else:
                raise how

    reached = []
    job = Job(on_progress=stop)
    if step in never(kind):
        restore(shop, data, job=job)
        assert not reached
        return
    if how is Interrupted and step in ("place", "move"):
        # Behind the last look at the job.
        restore(shop, data, job=job)
        assert words(shop) == [("new", 10_000)]
        return
    with pytest.raises(how):
        restore(shop, data, job=job)
    check_old(shop, kind, before)
    assert names(tmp_path) == before


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize("times", range(1, 7))
def test_stopped_while_it_is_overwritten(shop, mode, times):
    """It says that it was stopped and the old data is there, or it was too late and the new data is."""
    data = data_of(shop, rows=10_000)
    make_database(shop, "old", mode=mode)
    told = []

    def stop(progress):
        told.append(progress.step)
        if told.count("overwrite") == times:
            job.cancel()

    job = Job(on_progress=stop)
    try:
        restore(shop, data, job=job)
    except Interrupted:
        assert words(shop) == [("old", ROWS)]
        assert times < 5
    else:
        assert words(shop) == [("new", 10_000)]
        assert times > 1


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


def never(kind: str) -> set[str]:
    """The steps that a kind of target does not come to."""
    moves, copies = {"replace", "move"}, {"safety copy", "safety copy 1", "overwrite", "overwrite 1"}
    return {"missing": copies | moves, "damaged": copies | {"place"}}.get(kind, moves | {"place"})


def old_of(shop: Path, kind: str) -> list[str]:
    """Make a target, and return what stands in its folder."""
    if kind == "damaged":
        shop.write_bytes(b"rubbish" * 1000)
    elif kind == "missing":
        Path(f"{shop}-wal").write_bytes(b"log")
    else:
        make_database(
            shop,
            "old",
            rows=9_000,
            mode="WAL" if kind == "other pages" else kind,
            page_size=512 if kind == "other pages" else 4096,
        )
    return names(shop.parent)


def check_old(shop: Path, kind: str, before: list[str]) -> None:
    if kind in ("damaged", "missing"):
        assert names(shop.parent) == before
        assert kind == "damaged" or Path(f"{shop}-wal").read_bytes() == b"log"
        assert kind == "missing" or shop.read_bytes() == b"rubbish" * 1000
        return
    with opened(shop, timeout=0) as connection:
        connection.execute("INSERT INTO things (word) VALUES ('old')")
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == ("delete" if kind == "DELETE" else "wal")
    assert words(shop) == [("old", 9_001)]


def test_a_disk_that_is_too_small(tmp_path):
    """Where the safety copy and the journal do not fit, the target is not touched."""
    with small_disk(tmp_path / "disk", 5) as disk:
        shop = disk / "shop.db"
        data = data_of(tmp_path / "shop.db")
        make_database(shop, "old")
        with pytest.raises(NotEnoughSpace, match="the safety copy and the journal need up to"):
            restore(shop, data)
        assert words(shop) == [("old", ROWS)]
        assert names(disk) == ["shop.db"]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize("step", ["safety copy", "overwrite"])
def test_a_disk_that_becomes_full(tmp_path, mode, step):
    """So it is where the room goes while it is overwritten."""
    data = data_of(tmp_path / "shop.db", mode=mode)
    with small_disk(tmp_path / "disk", 9) as disk:
        shop = make_database(disk / "shop.db", "old", mode=mode)

        def fill(progress):
            if progress.step == step and not progress.done:
                room = os.statvfs(disk)
                (disk / "filler").write_bytes(bytes(room.f_bavail * room.f_frsize - (1 << 19)))

        with pytest.raises(NotEnoughSpace, match="full"):
            restore(shop, data, job=Job(on_progress=fill))
        assert names(disk) == ["filler", "shop.db"]
        (disk / "filler").unlink()
        assert words(shop) == [("old", ROWS)]
        restore(shop, data)
        assert words(shop) == [("new", ROWS)]


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


@pytest.mark.parametrize("is_damaged", [False, True])
def test_the_copy_of_a_killed_run(tmp_path, shop, is_damaged):
    """It is thrown away where the target is sound, and else kept."""
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
    """It is refused while the first one runs, and goes on as if it had never been."""
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


@pytest.mark.parametrize(
    ("name", "message"),
    [("folder", "is no regular file"), ("pipe", "is no regular file"), ("none/shop.db", "There is no folder '.*none'")],
)
def test_no_place_for_a_database(tmp_path, name, message):
    """It is refused, and nothing is made."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RestoreRefused, match=message):
        restore(tmp_path / name, b"")
    assert names(tmp_path) == ["folder", "pipe"]


def test_a_database_in_memory():
    """There is nothing to restore to."""
    with (
        Job() as job,
        pytest.raises(InvalidInput, match="in memory"),
        SQLiteEngine().target(parse_url("sqlite:///:memory:"), RestoreOptions(Path("/x")), job),
    ):
        pass


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_scratch(tmp_path, shop, mode):
    """A backup is loaded and counted beside the database, which nobody touches; nothing of it remains."""
    data = data_of(shop, rows=7, mode=mode)
    before = make_database(shop, "old").read_bytes()
    with Job() as job, SQLiteEngine().scratch(parse_url(url_of(shop)), RestoreOptions(Path("/x")), job) as scratch:
        load(scratch, data)
        assert scratch.count_rows() == {"things": 7}
        assert not scratch.holds_data()
        assert len(names(tmp_path)) == 2
        with pytest.raises(RestoreRefused):
            scratch.swap()
    assert shop.read_bytes() == before
    assert names(tmp_path) == ["shop.db"]


def test_a_scratch_beside_the_backup(tmp_path):
    """Where the database's folder is not there, it stands beside the backup."""
    options = RestoreOptions(tmp_path / "x.tar.gz")
    with Job() as job, SQLiteEngine().scratch(parse_url("sqlite:////nowhere/shop.db"), options, job) as scratch:
        load(scratch, data_of(tmp_path / "x"))
        assert [name.startswith(".x.tar.gz.verify-") for name in names(tmp_path)] == [True]
    assert names(tmp_path) == []


def test_damage_in_a_scratch(tmp_path, shop):
    """A backup that is not sound is not verified."""
    data = data_of(shop)
    with (
        Job() as job,
        SQLiteEngine().scratch(parse_url(url_of(shop)), RestoreOptions(Path("/x")), job) as scratch,
        pytest.raises(BackupError, match="is damaged"),
    ):
        load(scratch, data[:20_000] + b"\xde\xad" * 2048 + data[24_096:])
    assert names(tmp_path) == []


def test_content_is_looked_at_before_it_is_loaded(shop):
    """A head that is no text is refused by accept itself."""
    with (
        Job() as job,
        SQLiteEngine().target(parse_url(url_of(shop)), RestoreOptions(Path("/x")), job) as target,
        pytest.raises(InvalidArchive),
    ):
        target.accept(Content(1, b"\xff", b"\xff"))
