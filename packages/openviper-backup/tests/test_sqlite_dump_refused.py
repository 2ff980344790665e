"""A dump that cannot be made says why, and leaves nothing."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing

import pytest
from small_disks import small_disk
from sqlite_making import ROWS, dump, make_database, make_read_only, names, opened, url_of, words, written

from openviper.backup.backup import backup_database
from openviper.backup.errors import BackupError, Interrupted, InvalidInput, NotEnoughSpace
from openviper.backup.job import Job


@pytest.fixture
def folder(tmp_path):
    """Where the archive would go."""
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "There is no database at '.*shop.db': No such file"),
        (lambda path: path.mkdir(), "There is no database at '.*': it is not a regular file"),
        (os.mkfifo, "There is no database at '.*': it is not a regular file"),
    ],
)
def test_no_database(tmp_path, folder, make, message):
    """A database that is not there is refused, and not made."""
    make(tmp_path / "shop.db")
    before = names(tmp_path)
    with pytest.raises(InvalidInput, match=message):
        dump(tmp_path / "shop.db", folder)
    assert names(tmp_path) == before
    assert names(folder) == []


@pytest.mark.parametrize("data", [b"x", b"x" * 5000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_database(tmp_path, folder, data):
    """A file that is no database is refused with what SQLite says."""
    path = written(tmp_path / "shop.db", data)
    with pytest.raises(BackupError, match=r"'.*shop.db' cannot be backed up: (file is not a database|.*malformed)"):
        dump(path, folder)
    assert names(folder) == []
    assert path.read_bytes() == data


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_damaged_page(tmp_path, folder, mode):
    """A database of which no restore would take the backup is not backed up, so that nothing is pruned for it."""
    path = make_database(tmp_path / "shop.db", mode=mode)
    data = path.read_bytes()
    damaged = written(path, data[: 4096 * 4] + b"\xde\xad\xbe\xef" * 1024 + data[4096 * 5 :]).read_bytes()
    refused = "'.*shop.db' is damaged, says SQLite's quick_check: .*; no backup was made, as none could be restored"
    with pytest.raises(BackupError, match=refused):
        dump(path, folder)
    assert names(folder) == []
    assert path.read_bytes() == damaged


def test_a_torn_database(tmp_path, folder):
    """A file that is shorter than it says fails, instead of becoming a backup."""
    path = make_database(tmp_path / "shop.db")
    data = path.read_bytes()
    written(path, data[: len(data) // 2 // 4096 * 4096])
    with pytest.raises(BackupError, match="malformed"):
        dump(path, folder)
    assert names(folder) == []


def test_a_database_in_memory(tmp_path, folder):
    """A database in memory cannot be found, and is refused."""
    with pytest.raises(InvalidInput, match="in memory"):
        dump(tmp_path, folder, url="sqlite:///:memory:")


def test_a_lock_that_is_held_for_long(tmp_path, folder):
    """After the URL's timeout a backup says who is in the way, and leaves nothing."""
    path = make_database(tmp_path / "shop.db")
    with opened(path) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(BackupError, match=r"'.*shop.db' is locked by another program, for more than 0.3 s"):
            dump(path, folder, url=url_of(path, "?timeout=0.3"))
        with pytest.raises(Interrupted, match="not done within"):
            dump(path, folder, job=Job(timeout=0.3))
    assert names(folder) == []


def test_a_lock_that_is_held_for_a_while(tmp_path, folder):
    """A lock that goes away is waited for."""
    path = make_database(tmp_path / "shop.db")
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("DELETE FROM things WHERE id > 10")
        timer = threading.Timer(1.2, connection.execute, ["COMMIT"])
        timer.start()
        data, *_ = dump(path, folder)
        timer.join()
    assert words(written(tmp_path / "copy.db", data)) == [("new", 10)]


def test_cancelled_while_it_is_copied(tmp_path, folder):
    """A cancelled backup stops, nothing of it remains, and nobody is kept from writing."""
    path = make_database(tmp_path / "shop.db")
    with pytest.raises(Interrupted):
        dump(path, folder, job=(job := Job(on_progress=lambda progress: progress.done and job.cancel())))
    assert names(folder) == []
    with opened(path, timeout=0) as connection:
        connection.execute("DELETE FROM things")


def test_a_disk_that_is_too_small(tmp_path):
    """Where the database's copy cannot fit, nothing is begun."""
    path = make_database(tmp_path / "shop.db", rows=9_000)
    told = []
    with small_disk(tmp_path / "disk", 1) as disk:
        with pytest.raises(
            NotEnoughSpace, match=r"The database's copy needs [0-9]+ bytes, and '.*disk' has [0-9]+ left"
        ):
            dump(path, disk, job=Job(on_progress=told.append))
        assert names(disk) == []
    assert told == []


def test_a_disk_that_becomes_full(tmp_path):
    """Where the room goes while the database is copied, that is said, and nothing remains."""
    path = make_database(tmp_path / "shop.db", rows=9_000)
    with small_disk(tmp_path / "disk", 5) as disk:

        def fill(progress):
            if progress.done:
                (disk / "filler").write_bytes(bytes(3 << 20))

        with pytest.raises(NotEnoughSpace, match=r"'.*shop.db' cannot be backed up: database or disk is full"):
            dump(path, disk, job=Job(on_progress=fill))
        assert names(disk) == ["filler"]


async def test_a_disk_that_has_no_room_for_the_archive(tmp_path):
    """Where the copy fits and the archive no more, that is said of the archive's folder, and not of the database."""
    path = make_database(tmp_path / "shop.db", rows=1)
    with opened(path) as connection:
        connection.execute("UPDATE things SET data = randomblob(3000000)")
    with small_disk(tmp_path / "disk", 5) as disk:
        with pytest.raises(NotEnoughSpace, match=r"^The backup cannot be written: '.*disk': No space"):
            await backup_database(url_of(path), disk)
        assert names(disk) == []


def test_a_folder_in_which_nothing_can_be_made(tmp_path):
    """Where no copy can be made, the database and the folder are named."""
    path = make_database(tmp_path / "shop.db", rows=1)
    with pytest.raises(BackupError, match=r"'.*shop.db' cannot be copied into '.*nowhere': .*No such file"):
        dump(path, tmp_path / "nowhere")


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_folder_that_is_read_only(tmp_path, folder, mode):
    """A database on a disk that is read only is backed up, but in WAL mode; that is said."""
    with small_disk(tmp_path / "disk", 4) as disk:
        path = make_database(disk / "shop.db", mode=mode)
        make_read_only(disk)
        if mode == "WAL":
            with pytest.raises(BackupError, match="in WAL mode, only a user who may write in its folder can read"):
                dump(path, folder)
        else:
            data, *_ = dump(path, folder)
            assert words(written(tmp_path / "copy.db", data)) == [("new", ROWS)]
    assert names(folder) == []
