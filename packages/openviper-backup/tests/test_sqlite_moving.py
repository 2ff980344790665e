"""Files that take each other's names, and take them back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlite_making import make_database, names, words

from openviper.backup._sqlite.location import Location
from openviper.backup._sqlite.moving import has_rests, keep, place, repair, replace
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


def stopping(step: str) -> Job:
    def stop(progress):
        if progress.step == step:
            raise ZeroDivisionError

    return Job(on_progress=stop)


def test_replacing(files):
    """The old file has another name then, and its rests go with it."""
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
def test_replacing_is_undone(files, step):
    """Stopped before its end, everything has its name again."""
    files.write(shop="live", shop_wal="log", shop_shm="index")
    before = files.location.path.stat().st_ino
    with pytest.raises(ZeroDivisionError), stopping(step) as job:
        replace(files.location, files.new, files.old, job)
    assert files.found() == {"shop.db": "live", "shop.db-wal": "log", "shop.db-shm": "index", "new.db": "new"}
    assert files.location.path.stat().st_ino == before


def test_replacing_takes_a_copy_away_that_is_not_needed(files):
    """The file itself is better than a copy of it."""
    files.write(shop="live", old="copy")
    with Job() as job:
        replace(files.location, files.new, files.old, job)
    assert files.found() == {"shop.db": "new", "old.db": "live"}


def test_placing(files):
    """Rests of a database that is gone are no longer where they would be taken for the new one's."""
    files.write(shop_wal="log")
    with Job() as job:
        assert place(files.location, files.new, files.old, job)
    assert {name: text for name, text in files.found().items() if name != "new.db"} == {
        "shop.db": "new",
        "old.db-wal": "log",
    }


def test_placing_overwrites_nothing(files):
    """A database that is there meanwhile stays, with its log."""
    files.write(shop="live", shop_wal="log")
    with Job() as job:
        assert not place(files.location, files.new, files.old, job)
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


def test_repairing_over_a_sound_database(tmp_path, files):
    """The copy is left to go away."""
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
    with pytest.raises(Interrupted), Job(timeout=0) as job:
        repair(files.location, files.old, job)


def test_keeping(tmp_path, files):
    """All that there is of the old takes one name, however often in a second."""
    files.write(shop="new")
    kept = []
    for number in range(3):
        files.write(old=f"old {number}", old_wal=f"log {number}")
        kept.append(Path(keep(files.location, files.old)))
    assert len(set(kept)) == 3
    for number, path in enumerate(kept):
        assert path.parent == tmp_path
        assert path.read_text() == f"old {number}"
        assert Path(f"{path}-wal").read_text() == f"log {number}"


def test_nothing_to_keep(files):
    """Then there is no name either."""
    files.write(shop="new")
    assert keep(files.location, files.old) is None


@pytest.mark.parametrize(("left", "expected"), [({}, False), ({"shop_wal": ""}, False), ({"shop_journal": "x"}, True)])
def test_rests(files, left, expected):
    """A rest without a byte is none."""
    files.write(**left)
    assert has_rests(files.location.path) == expected
