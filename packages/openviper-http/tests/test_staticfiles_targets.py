"""What is in the way of files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._targets import refuse_blocked, refuse_unwritable


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("folder", "folder is a folder where a file is to be put"),
        ("file/x", "file is a file where a folder is to be made"),
        ("link/x", "link is a link where a folder is to be made"),
        ("link/deep/x", "link is a link where a folder is to be made"),
    ],
)
def test_what_is_in_the_way_is_named(files, name, sentence):
    """Before anything is written; nothing is ever written through a link."""
    root = files({"www/file": "", "www/folder/x": "", "assets/x": ""})
    (root / "www" / "link").symlink_to(root / "assets")
    refuse_blocked(root / "www", ["folder/x", "file", "link", "new/x"])
    with pytest.raises(StaticFilesError, match=sentence):
        refuse_blocked(root / "www", [name])


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
@pytest.mark.parametrize("name", ["locked/x", "locked/new/x"])
def test_a_folder_that_may_not_be_written_to_is_named(files, name):
    """Before the first file is moved; for a folder that is to be made, the one above it counts."""
    root = files({"www/locked/y": "", "www/open/y": ""}) / "www"
    (root / "locked").chmod(0o555)
    try:
        refuse_unwritable(root, ["open/x", "x", "new/x"])
        with pytest.raises(StaticFilesError, match="www/locked may not be written to by this process"):
            refuse_unwritable(root, ["open/x", name])
    finally:
        (root / "locked").chmod(0o755)


def test_a_folder_on_another_device_is_named(tmp_path):
    """No file can be moved there in one step."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK) or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other device to write to")
    (tmp_path / "mounted").symlink_to(shared)
    with pytest.raises(StaticFilesError, match="/mounted is on another device than STATIC_ROOT="):
        refuse_unwritable(tmp_path, ["x", "mounted/x"])


def test_a_root_that_is_to_be_made_is_judged_by_the_folder_above_it(tmp_path):
    """A dry run makes none."""
    refuse_unwritable(tmp_path / "a" / "b", ["x", "y/z"])
