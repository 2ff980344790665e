"""What may be removed, and how."""

from __future__ import annotations

import os
from hashlib import sha256

import pytest

from openviper.staticfiles._removing import remove_files, sort_out

OWN = frozenset({sha256(b"own").hexdigest()})


def names(root):
    return sorted(str(each.relative_to(root)) for each in root.rglob("*"))


def test_files_are_removed_with_the_folders_that_get_empty(files):
    """What others have put there stays, and so do the folders that it stands in."""
    root = files({"www/a/b/own": "own", "www/c/own": "own", "www/c/upload": "", "www/own": "own"}) / "www"
    record = dict.fromkeys(["a/b/own", "c/own", "own", "gone"], OWN)
    assert remove_files(root, record, record) == ["a/b/own", "c/own", "own"]
    assert names(root) == ["c", "c/upload"]


def test_only_what_has_the_recorded_content_is_ours(files):
    """An upload with the name of a recorded file is told from it; a folder is no file."""
    root = files({"www/own": "own", "www/folder/x": "own", "www/upload": "theirs", "www/file": "own"}) / "www"
    (root / "link").symlink_to(root / "file")
    os.mkfifo(root / "fifo")
    record = dict.fromkeys(["own", "folder", "upload", "link", "fifo", "own/x", "gone"], OWN)
    assert sort_out(root, record, record) == (["own"], ["fifo", "link", "upload"])


def test_what_has_changed_since_it_was_sorted_out_stays(files):
    """It is looked at again just before it is removed."""
    root = files({"www/own": "own", "www/upload": "own"}) / "www"
    record = dict.fromkeys(["own", "upload"], OWN)
    own, _ = sort_out(root, record, record)
    (root / "upload").write_text("theirs")
    assert remove_files(root, record, own) == ["own"]
    assert names(root) == ["upload"]


@pytest.mark.parametrize("name", ["a/x", "a/b/x"])
def test_nothing_is_removed_through_a_link(files, name):
    """A folder that became a link, to the very files that were collected, say."""
    root = files({f"www/{name}": "own", "assets/x": "own", "assets/b/x": "own"})
    record = {name: OWN}
    assert sort_out(root / "www", record, record) == ([name], [])
    (root / "www" / "a").rename(root / "moved")
    (root / "www" / "a").symlink_to(root / "assets")
    assert remove_files(root / "www", record, [name]) == []
    assert sort_out(root / "www", record, record) == ([], [])
    assert names(root / "assets") == ["b", "b/x", "x"]
