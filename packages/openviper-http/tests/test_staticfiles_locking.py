"""One collection at a time."""

from __future__ import annotations

import errno
import fcntl
import os

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._locking import NO_LOCKS, locked


def test_a_second_one_is_refused_until_the_first_has_ended(tmp_path):
    """It says so at once, and does not wait."""
    with (
        locked(tmp_path),
        pytest.raises(StaticFilesError, match="another collectstatic is at work in"),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        pass


def test_the_folders_that_were_made_are_taken_away_if_they_stay_empty(tmp_path):
    """A run that fails leaves nothing that was not there, and all that was."""
    (tmp_path / "there").mkdir()
    with locked(tmp_path / "there" / "a" / "b" / "empty") as is_locked:
        assert is_locked
        assert (tmp_path / "there" / "a" / "b" / "empty").is_dir()
    assert list((tmp_path / "there").iterdir()) == []
    with locked(tmp_path / "a" / "full"):
        (tmp_path / "a" / "full" / "x").touch()
    assert (tmp_path / "a" / "full" / "x").exists()


def test_a_folder_that_cannot_be_made_leaves_none_above_it(tmp_path):
    """Its name is too long, and the one above it was made."""
    with pytest.raises(StaticFilesError, match="cannot be used"), locked(tmp_path / "a" / ("n" * 300)):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "is_refused"),
    [(code, False) for code in sorted(NO_LOCKS)] + [(errno.EIO, True), (errno.EINTR, True), (errno.EPERM, True)],
)
def test_only_a_file_system_without_locks_does_without(tmp_path, monkeypatch, code, is_refused):
    """Any other failure may hide that another run is at work."""

    def fail(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", fail)
    if is_refused:
        with pytest.raises(StaticFilesError, match="cannot be locked: "), locked(tmp_path):
            pass
    else:
        with locked(tmp_path) as is_locked:
            assert not is_locked


def test_an_empty_folder_that_was_there_stays(tmp_path):
    """It is somebody's."""
    with locked(tmp_path):
        pass
    assert tmp_path.is_dir()


def test_a_folder_that_cannot_be_made_is_named(files):
    """A file stands in the way."""
    root = files({"file": ""})
    with pytest.raises(StaticFilesError, match=r"STATIC_ROOT=.*file/www cannot be used"), locked(root / "file" / "www"):
        pass
