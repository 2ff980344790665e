"""What is remembered of earlier runs, and what may be removed by it."""

from __future__ import annotations

import json

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._record import (
    RECORD,
    own_files,
    read_record,
    record_output,
    refuse_foreign,
    remove_files,
)
from openviper.staticfiles._staging import STAGING


def test_a_record_is_read_as_it_was_written(tmp_path):
    """Any name that a file can have; a JSON list in ASCII."""
    names = {"css/site.css", "new\nline", "\udcff", "é"}
    content = record_output(names).content
    (tmp_path / RECORD).write_bytes(content)
    assert content.isascii()
    assert set(json.loads(content)) == names
    assert read_record(tmp_path) == names


def test_no_record_is_told_from_an_empty_one(tmp_path):
    """A folder that nobody has collected into yet has none, and need not be there."""
    assert read_record(tmp_path / "nowhere") is None
    (tmp_path / RECORD).write_bytes(record_output([]).content)
    assert read_record(tmp_path) == frozenset()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1]",
        b'["/etc/passwd"]',
        b'["../secret"]',
        b'["a/../../secret"]',
        b'["."]',
        b'[""]',
        b'["a//b"]',
        b'["a\\u0000"]',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_record_is_refused(tmp_path, content):
    """Nothing outside of the folder can be named; the sentence says what to do."""
    (tmp_path / RECORD).write_bytes(content)
    with pytest.raises(StaticFilesError, match=r"is no list of the files.*remove it"):
        read_record(tmp_path)


def test_a_folder_of_unknown_files_is_not_cleared(files):
    """Without a record there is no telling whose they are; an empty one holds nobody's, nor what a killed run left."""
    root = files({"full/upload.png": "", "recorded/upload.png": "", f"killed/{STAGING}/0": ""})
    (root / "empty").mkdir()
    refuse_foreign(root / "empty", None)
    refuse_foreign(root / "nowhere", None)
    refuse_foreign(root / "killed", None)
    refuse_foreign(root / "recorded", frozenset())
    with pytest.raises(StaticFilesError, match="is not empty and holds no record"):
        refuse_foreign(root / "full", None)


def test_files_are_removed_with_the_folders_that_get_empty(files):
    """What others have put there stays, and so do the folders that it stands in."""
    root = files({"www/a/b/own": "", "www/c/own": "", "www/c/upload": "", "www/own": ""}) / "www"
    remove_files(root, ["a/b/own", "c/own", "own", "gone"])
    assert sorted(str(each.relative_to(root)) for each in root.rglob("*")) == ["c", "c/upload"]


def test_nothing_counts_as_own_through_a_link(files):
    """A link to a folder may lead to the very files that were collected; a folder is no file."""
    root = files({"assets/x": "", "www/folder/x": "", "www/y": "", "elsewhere": ""})
    (root / "www" / "link").symlink_to(root / "assets")
    (root / "www" / "file").symlink_to(root / "elsewhere")
    assert own_files(root / "www", ["link/x", "folder", "y", "file", "y/z", "gone"]) == ["file", "y"]
    remove_files(root / "www", ["file"])
    assert (root / "elsewhere").exists()
