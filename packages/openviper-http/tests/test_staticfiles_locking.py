"""One collection at a time."""

from __future__ import annotations

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._locking import locked


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


def test_the_folder_is_made_and_taken_away_if_it_stays_empty(tmp_path):
    """A run that fails leaves nothing that was not there."""
    with locked(tmp_path / "a" / "empty"):
        assert (tmp_path / "a" / "empty").is_dir()
    assert not (tmp_path / "a" / "empty").exists()
    with locked(tmp_path / "full"):
        (tmp_path / "full" / "x").touch()
    assert (tmp_path / "full" / "x").exists()


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
