"""The temporary folder of what comes from a bucket or goes there."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from pathlib import Path

import pytest

from openviper.backup._staging import staging_folder


@pytest.fixture(autouse=True)
def _temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_folder(tmp_path):
    """The folder is for its owner only, and goes at the end with all that is in it."""
    with staging_folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "file").touch()
    assert list(tmp_path.iterdir()) == []


def test_the_dead_are_cleared_away(tmp_path):
    """What killed runs have left goes; what living ones use, files, and links stay."""
    (tmp_path / "openviper-backup-dead").mkdir()
    (tmp_path / "openviper-backup-dead" / "shop.tar.gz").touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "openviper-backup-link").symlink_to("elsewhere")
    (tmp_path / "openviper-backup-file").touch()
    with staging_folder() as first, staging_folder() as second:
        others = {"elsewhere", "openviper-backup-link", "openviper-backup-file"}
        assert {path.name for path in tmp_path.iterdir()} == {first.name, second.name, *others}


def test_the_folder_of_another_user(tmp_path):
    """What another user's killed run has left is not taken away, though root could."""
    if os.geteuid():
        pytest.skip("only root gives files away")
    (tmp_path / "openviper-backup-dead").mkdir()
    os.chown(tmp_path / "openviper-backup-dead", 65534, 65534)
    with staging_folder():
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["openviper-backup-dead"]


def test_a_folder_that_was_swept_before_it_was_locked(tmp_path, monkeypatch):
    """A sweep between the creation of a folder and its lock costs nothing: another folder is made."""
    lock, swept = fcntl.flock, []

    def sweep_first(fd, how):
        if not swept:
            (folder,) = tmp_path.iterdir()
            folder.rmdir()
            swept.append(folder)
        return lock(fd, how)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    with staging_folder() as folder:
        assert folder.is_dir()
        assert folder != swept[0]


def test_without_locks(tmp_path, monkeypatch):
    """On a file system without locks nothing is taken for a dead one's."""

    def refuse(_fd, _how):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    living = Path(tempfile.mkdtemp(prefix="openviper-backup-"))
    with staging_folder() as folder:
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == [living]
