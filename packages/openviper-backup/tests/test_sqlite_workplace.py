"""The folder in which a restore works."""

from __future__ import annotations

import errno
import os

import pytest
from sqlite_making import names

from openviper.backup._sqlite.workplace import restore_workplace, scratch_workplace
from openviper.backup.errors import RestoreRefused, TargetBusy


def refuse(*_arguments):
    """A file system without locks."""
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def test_a_folder_for_a_restore(tmp_path):
    """A restore's folder is its owner's, and gone at the end, whatever is in it and however that comes."""
    with pytest.raises(ZeroDivisionError), restore_workplace(tmp_path / "shop.db") as folder:  # noqa: PT012 - the body is what is tried
        assert folder == tmp_path / ".shop.db.restore"
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "x").touch()
        raise ZeroDivisionError
    assert names(tmp_path) == []


def test_a_second_restore(tmp_path):
    """One database is restored once at a time; others beside it are no matter."""
    with restore_workplace(tmp_path / "shop.db"):
        with pytest.raises(TargetBusy, match=r"Another restore of '.*shop.db' is running"):
            restore_workplace(tmp_path / "shop.db").__enter__()
        with restore_workplace(tmp_path / "other.db"):
            assert len(names(tmp_path)) == 2
    with restore_workplace(tmp_path / "shop.db"):
        pass


def test_what_a_killed_run_has_left(tmp_path):
    """What a killed run has left is found by the next one."""
    (tmp_path / ".shop.db.restore").mkdir()
    (tmp_path / ".shop.db.restore" / "old.db").write_text("x")
    with restore_workplace(tmp_path / "shop.db") as folder:
        assert names(folder) == ["old.db"]


@pytest.mark.parametrize("left", [[], [".shop.db.restore"]])
def test_a_file_system_without_locks(tmp_path, monkeypatch, left):
    """Where no lock can be had, two restores could run at a time: refused, and what a killed run has left stays."""
    for name in left:
        (tmp_path / name).mkdir()
        (tmp_path / name / "old.db").touch()
    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(RestoreRefused, match=rf"The file system of '{tmp_path}' has no locks \(No locks available\)"):
        restore_workplace(tmp_path / "shop.db").__enter__()
    assert names(tmp_path) == left


def test_the_mode_of_what_a_killed_run_has_left(tmp_path):
    """What a killed run has left is its owner's alone from then on."""
    (tmp_path / ".shop.db.restore").mkdir()
    (tmp_path / ".shop.db.restore").chmod(0o755)
    with restore_workplace(tmp_path / "shop.db") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_long_name(tmp_path):
    """A name for which a longer one would be too long has a folder of its own, too."""
    with (
        restore_workplace(tmp_path / ("x" * 255)) as one,
        restore_workplace(tmp_path / ("x" * 254)) as other,
        scratch_workplace(tmp_path / ("x" * 255)),
    ):
        assert one != other


def test_a_folder_of_somebody_else(tmp_path):
    """What another user has put there is not trusted."""
    if os.geteuid():
        pytest.skip("only root gives files away")
    (tmp_path / ".shop.db.restore").mkdir()
    os.chown(tmp_path / ".shop.db.restore", 65534, 65534)
    with pytest.raises(RestoreRefused, match=r"of another user .uid 65534."):
        restore_workplace(tmp_path / "shop.db").__enter__()
    assert names(tmp_path) == [".shop.db.restore"]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_something_else_of_that_name(tmp_path, kind):
    """A file or a link in the folder's place is refused, and stays."""
    path = tmp_path / ".shop.db.restore"
    path.touch() if kind == "file" else path.symlink_to(tmp_path)
    with pytest.raises(RestoreRefused, match="Nothing can be made beside the database"):
        restore_workplace(tmp_path / "shop.db").__enter__()
    assert path.name in names(tmp_path)


def test_scratches(tmp_path):
    """Any number of scratches stand beside each other; those of killed runs are taken away."""
    (tmp_path / ".shop.db.verify-0123").mkdir()
    (tmp_path / ".shop.db.verify-0123" / "new.db").touch()
    with scratch_workplace(tmp_path / "shop.db") as one, scratch_workplace(tmp_path / "shop.db") as two:
        assert names(tmp_path) == sorted([one.name, two.name])
    assert names(tmp_path) == []


def test_scratches_without_locks(tmp_path, monkeypatch):
    """On a file system without locks no scratch is taken for a killed run's."""
    monkeypatch.setattr("fcntl.flock", refuse)
    with scratch_workplace(tmp_path / "shop.db") as one, scratch_workplace(tmp_path / "shop.db"):
        assert one.is_dir()
