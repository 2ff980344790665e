"""Folders that are opened one below the other."""

from __future__ import annotations

import os

import pytest

from openviper.staticfiles._folders import opened_folders


def test_each_folder_down_to_the_file_is_open(files):
    """The root first; none where the file stands in the root."""
    root = files({"a/b/x": ""})
    for name, places in [("x", [root]), ("a/b/x", [root, root / "a", root / "a/b"])]:
        with opened_folders(root, name) as folders:
            assert [os.fstat(each).st_ino for each in folders] == [each.stat().st_ino for each in places]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(folders[0])


@pytest.mark.parametrize("name", ["gone/x", "link/x", "file/x", "a/link/x"])
def test_what_is_no_folder_is_not_there(files, name):
    """Where folders are to be made, only one that is not there is."""
    root = files({"file": "", "a/x": "", "elsewhere/x": ""})
    for each in ("link", "a/link"):
        (root / each).symlink_to(root / "elsewhere")
    with opened_folders(root, name) as folders:
        assert folders == []
    if name == "gone/x":
        with opened_folders(root, name, make=True):
            assert (root / "gone").is_dir()
    else:
        with pytest.raises(NotADirectoryError), opened_folders(root, name, make=True):
            pass


def test_an_error_in_the_block_passes(files):
    """It is not taken for a folder that is not there."""
    with pytest.raises(FileNotFoundError), opened_folders(files({"x": ""}), "x"):
        raise FileNotFoundError
