"""What makes the names of files last."""

from __future__ import annotations

import errno
import os

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._durable import sync_folders, with_parents


def test_the_folders_of_a_file_end_at_the_root(tmp_path):
    """None above it is ours."""
    assert with_parents(tmp_path, "x") == [tmp_path]
    assert with_parents(tmp_path, "a/b/x") == [tmp_path / "a" / "b", tmp_path / "a", tmp_path]


def test_a_folder_that_is_gone_is_passed_over(tmp_path):
    """It was removed with its last file."""
    sync_folders([tmp_path, tmp_path / "gone"])


@pytest.mark.parametrize(("code", "is_refused"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_a_disk_that_fails_is_named(tmp_path, monkeypatch, code, is_refused):
    """A file system that knows nothing of it for folders is none that fails."""

    def fail(_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    if is_refused:
        with pytest.raises(StaticFilesError, match=f"{tmp_path} cannot be made to last"):
            sync_folders([tmp_path])
    else:
        sync_folders([tmp_path])
