"""Old data that is to be kept."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_making import names

from openviper.backup._sqlite.keeping import doubled, forget_doubles, keep, kept_copy
from openviper.backup._sqlite.location import Location
from openviper.backup.errors import SwapUnfinished
from openviper.backup.job import Job


@pytest.fixture(params=[True, False], ids=["links", "without links"], autouse=True)
def has_links(request, monkeypatch):
    """Whether the file system has hard links."""
    if not request.param:
        monkeypatch.setattr(os, "link", refuse)
    return request.param


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "work").mkdir()
    return Location(tmp_path / "shop.db")


@pytest.fixture
def old(tmp_path, shop):
    return tmp_path / "work" / "old.db"


def write(path: Path, text: str) -> None:
    path.write_text(text)
    Path(f"{path}-wal").write_text(f"log of {text}")


def test_keeping(tmp_path, shop, old):
    """All that there is of the old takes one name, however often in a second."""
    shop.path.write_text("new")
    kept = []
    for number in range(3):
        write(old, f"old {number}")
        kept.append(Path(keep(shop, old)))
    assert len(set(kept)) == 3
    for number, path in enumerate(kept):
        assert path.parent == tmp_path
        assert path.read_text() == f"old {number}"
        assert Path(f"{path}-wal").read_text() == f"log of old {number}"
    assert names(old.parent) == []


def test_nothing_to_keep(shop, old):
    """Where there is no old data, nothing is named."""
    shop.path.write_text("new")
    assert keep(shop, old) is None


@pytest.mark.parametrize(("error", "stays"), [(ZeroDivisionError, False), (SwapUnfinished, True), (None, True)])
def test_a_copy_that_is_not_needed(shop, old, error, stays):
    """A safety copy goes away where the data stays what it was, and nowhere else."""
    old.write_text("old")
    try:
        with kept_copy(shop, old) as kept:
            assert Path(kept).read_text() == "old"
            if error:
                raise error
    except (ZeroDivisionError, SwapUnfinished):
        pass
    assert Path(kept).exists() == stays


@pytest.mark.parametrize("fails", [False, True])
def test_a_second_name(tmp_path, shop, old, fails):
    """What is in the database and its log has another name, until something fails; a lock on it stays."""
    write(shop.path, "live")
    with shop.path.open("r+b") as file, Job() as job:
        fcntl.lockf(file, fcntl.LOCK_EX)
        try:
            with doubled(shop, old, file.fileno(), job) as kept:
                # First, as opening it here drops the lock where the names are links.
                assert is_locked(shop.path)
                assert Path(kept).read_text() == "live"
                assert Path(f"{kept}-wal").read_text() == "log of live"
                if fails:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
    assert len(names(tmp_path)) == (3 if fails else 5)


def is_locked(path: Path) -> bool:
    """Ask another process, to which alone such a lock is one."""
    code = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    tried = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False)
    assert tried.returncode == 0 or "BlockingIOError" in tried.stderr
    return tried.returncode != 0


def test_second_names_that_cannot_be_made(tmp_path, shop, old, monkeypatch):
    """No second name stays where one of them cannot be made."""
    write(shop.path, "live")
    monkeypatch.setattr(os, "fsync", lambda fd: refuse())
    with shop.path.open("rb") as file, Job() as job, pytest.raises(OSError, match="not permitted"):
        doubled(shop, old, file.fileno(), job).__enter__()
    assert names(tmp_path) == ["shop.db", "shop.db-wal", "work"]
    assert names(old.parent) == []


def test_no_part_of_a_copy_has_the_name(tmp_path, shop, old, monkeypatch):
    """A copy has its name once it is whole: a kill leaves nothing that looks like kept data."""
    write(shop.path, "live")
    read = os.pread

    def look(*args: int) -> bytes:
        assert all(path.stat().st_size for path in tmp_path.glob("*.before-restore-*"))
        return read(*args)

    monkeypatch.setattr(os, "pread", look)
    with shop.path.open("rb") as file, Job() as job, doubled(shop, old, file.fileno(), job) as kept:
        assert Path(kept).read_text() == "live"
    assert names(old.parent) == []


@pytest.mark.parametrize(("name", "stays"), [("20260131-235959", False), ("20260131-235959-2", False), ("mine", True)])
def test_second_names_of_a_killed_run(tmp_path, shop, monkeypatch, name, stays):
    """A second name that a killed run has made goes, and one that somebody else has given stays."""
    monkeypatch.undo()
    shop.path.write_text("live")
    other = tmp_path / f"shop.db.before-restore-{name}"
    other.hardlink_to(shop.path)
    forget_doubles(shop.path)
    assert (shop.path.exists(), other.exists()) == (True, stays)
