"""Files that take each other's names, and take them back."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from sqlite_making import make_database, names, words

from openviper.backup._sqlite.location import Location
from openviper.backup._sqlite.moving import place, repair, replace
from openviper.backup.errors import Interrupted
from openviper.backup.job import Job


class Files:
    """A folder with a database ``shop.db`` and a workplace in which ``new.db`` and ``old.db`` stand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir()
        self.location = Location(folder / "shop.db")
        self.new, self.old = self.work / "new.db", self.work / "old.db"
        self.new.write_text("new")

    def write(self, **texts: str) -> None:
        """``shop=``, ``shop_wal=``, ``old=``, ``old_wal=``: what is in each."""
        for name, text in texts.items():
            self.path(name).write_text(text)

    def path(self, name: str) -> Path:
        stem, _, rest = name.partition("_")
        path = self.old if stem == "old" else self.location.path
        return path.with_name(path.name + (f"-{rest}" if rest else ""))

    def found(self) -> dict[str, str]:
        files = [path for path in (*self.folder.iterdir(), *self.work.iterdir()) if path.is_file()]
        return {path.name: path.read_text() for path in files}


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


@pytest.fixture(params=[True, False], ids=["links", "without links"])
def has_links(request, monkeypatch):
    """Whether the file system has hard links."""
    if not request.param:
        monkeypatch.setattr(os, "link", refuse)
    return request.param


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def stopping(step: str) -> Job:
    def stop(progress):
        if progress.step == step:
            raise ZeroDivisionError

    return Job(on_progress=stop)


def test_replacing(files, has_links):
    """A file that is replaced has another name then, and its rests go with it."""
    files.write(shop="live", shop_wal="log", shop_shm="index", shop_journal="journal")
    with Job() as job:
        replace(files.location, files.new, files.old, job)
    assert files.found() == {
        "shop.db": "new",
        "old.db": "live",
        "old.db-wal": "log",
        "old.db-shm": "index",
        "old.db-journal": "journal",
    }


@pytest.mark.parametrize("step", ["replace", "move"])
@pytest.mark.parametrize("keep_old", [False, True])
def test_replacing_is_undone(files, step, has_links, keep_old):
    """Where a replacement is stopped before its end, everything has its name again, and no other."""
    files.write(shop="live", shop_wal="log", shop_shm="index")
    before = files.location.path.stat().st_ino
    with pytest.raises(ZeroDivisionError), stopping(step) as job:
        replace(files.location, files.new, files.old, job, keep_old=keep_old)
    assert files.found() == {"shop.db": "live", "shop.db-wal": "log", "shop.db-shm": "index", "new.db": "new"}
    assert files.location.path.stat().st_ino == before


def test_replacing_takes_a_copy_away_that_is_not_needed(files):
    """A copy of a file that is replaced goes away: the file itself is better."""
    files.write(shop="live", old="copy")
    with Job() as job:
        replace(files.location, files.new, files.old, job)
    assert files.found() == {"shop.db": "new", "old.db": "live"}


def test_placing(files):
    """Rests of a database that is gone are no longer where they would be taken for the new one's."""
    files.write(shop_wal="log")
    with Job() as job:
        assert place(files.location, files.new, files.old, job) is None
    assert {name: text for name, text in files.found().items() if name != "new.db"} == {
        "shop.db": "new",
        "old.db-wal": "log",
    }


@pytest.mark.parametrize("keep_old", [False, True])
def test_placing_overwrites_nothing(files, has_links, keep_old):
    """A database that is there meanwhile stays, with its log."""
    files.write(shop="live", shop_wal="log")
    with Job() as job, pytest.raises(FileExistsError):
        place(files.location, files.new, files.old, job, keep_old=keep_old)
    assert files.found() == {"shop.db": "live", "shop.db-wal": "log", "new.db": "new"}


@pytest.mark.parametrize(
    ("is_linked", "left", "expected"),
    [
        # Killed behind the link, and behind each rest.
        (True, {"shop_wal": "log"}, {"shop.db": "live", "shop.db-wal": "log"}),
        (
            True,
            {"old_wal": "log", "shop_shm": "index"},
            {"shop.db": "live", "shop.db-wal": "log", "shop.db-shm": "index"},
        ),
        # Where there are no links, behind the rename.
        (False, {"old": "live", "old_wal": "log"}, {"shop.db": "live", "shop.db-wal": "log"}),
        # Nothing was there, and nothing is.
        (False, {"old_wal": "log"}, {"shop.db-wal": "log"}),
        (False, {}, {}),
        # It was done.
        (False, {"shop": "new", "old_wal": "log"}, {"shop.db": "new", "old.db-wal": "log"}),
    ],
)
def test_repairing(files, is_linked, left, expected):
    """What a killed run has left has its names again, or stays where it goes away."""
    files.new.unlink()
    files.write(**left)
    if is_linked:
        files.write(shop="live")
        os.link(files.location.path, files.old)
    with Job() as job:
        assert repair(files.location, files.old, job) == ()
    assert files.found() == expected


@pytest.mark.parametrize("is_moved", [False, True])
def test_repairing_where_the_old_was_to_be_kept(tmp_path, files, is_moved):
    """The second names that a killed run had made are gone: what has one would change with the database."""
    files.write(shop="live", shop_wal="log")
    files.new.unlink()
    for rest in ("", "-wal"):
        os.link(f"{files.location.path}{rest}", tmp_path / f"shop.db.before-restore-20260131-235959{rest}")
    other = tmp_path / "shop.db.before-restore-20260131-000000"
    other.write_text("live")
    if is_moved:
        os.link(files.location.path, files.old)
        (tmp_path / "shop.db-wal").rename(files.path("old_wal"))
    with Job() as job:
        assert repair(files.location, files.old, job) == ()
    assert files.found() == {"shop.db": "live", "shop.db-wal": "log", other.name: "live"}


def test_repairing_over_a_sound_database(tmp_path, files):
    """Over a sound database, a killed run's copy is left to go away."""
    make_database(tmp_path / "shop.db", "live", rows=3)
    files.write(old="half")
    with Job() as job:
        assert repair(files.location, files.old, job) == ()
    assert words(tmp_path / "shop.db") == [("live", 3)]
    assert names(tmp_path) == ["shop.db", "work"]


def test_repairing_is_stopped(tmp_path, files):
    """A look at a large database has an end, too."""
    make_database(tmp_path / "shop.db", "live", rows=30_000)
    files.write(old="half")
    with pytest.raises(Interrupted), Job(timeout=1e-9) as job:
        repair(files.location, files.old, job)
