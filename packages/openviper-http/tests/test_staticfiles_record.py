"""What is remembered of earlier runs, and what may be removed by it."""

from __future__ import annotations

import json

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._record import RECORD, read_record, record_output, refuse_foreign
from openviper.staticfiles._staging import STAGING

ONE, OTHER = "1" * 64, "f" * 64


def test_a_record_is_read_as_it_was_written(tmp_path):
    """Any name that a file can have, with its digests; JSON in ASCII."""
    record = {name: frozenset({ONE}) for name in ("css/site.css", "new\nline", "\udcff", "é")}
    record["x"] = frozenset({ONE, OTHER})
    content = record_output(record).content
    (tmp_path / RECORD).write_bytes(content)
    assert content.isascii()
    assert json.loads(content)["x"] == [ONE, OTHER]
    assert read_record(tmp_path) == record


def test_no_record_is_told_from_an_empty_one(tmp_path):
    """A folder that nobody has collected into yet has none, and need not be there."""
    assert read_record(tmp_path / "nowhere") is None
    (tmp_path / RECORD).write_bytes(record_output({}).content)
    assert read_record(tmp_path) == {}


def _named(name):
    return json.dumps({name: [ONE]}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'["css/site.css"]',
        *map(_named, ("/etc/passwd", "../secret", "a/../../secret", ".", "", "a//b", "a\0")),
        b'{"x": 1}',
        b'{"x": []}',
        b'{"x": "%s"}' % (b"1" * 64),
        b'{"x": ["1"]}',
        b'{"x": [1]}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_record_is_refused(tmp_path, content):
    """Nothing outside of the folder can be named, nothing without a digest; the sentence says what to do."""
    (tmp_path / RECORD).write_bytes(content)
    with pytest.raises(StaticFilesError, match=r"is no record of the files.*remove it"):
        read_record(tmp_path)


def test_a_record_that_is_no_file_is_refused(tmp_path):
    """A link may lead to anything."""
    (tmp_path / "elsewhere").write_bytes(b"{}")
    (tmp_path / RECORD).symlink_to("elsewhere")
    with pytest.raises(StaticFilesError, match="it is no regular file"):
        read_record(tmp_path)


def test_a_folder_of_unknown_files_is_not_cleared(files):
    """Without a record there is no telling whose they are; an empty one holds nobody's, nor what a killed run left."""
    root = files(
        {"full/upload.png": "", "recorded/upload.png": "", f"killed/{STAGING}/0": "", f"killed/{STAGING}-7-a/0": ""}
    )
    (root / "empty").mkdir()
    refuse_foreign(root / "empty", None)
    refuse_foreign(root / "nowhere", None)
    refuse_foreign(root / "killed", None)
    refuse_foreign(root / "recorded", {})
    with pytest.raises(StaticFilesError, match="is not empty and holds no record"):
        refuse_foreign(root / "full", None)
