"""What is remembered of earlier runs, and what may be removed by it."""

from __future__ import annotations

import json

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._record import RECORD, Recorded, read_record, record_output, refuse_foreign
from openviper.staticfiles._staging import STAGING

ONE, OTHER = "1" * 64, "f" * 64


def test_a_record_is_read_as_it_was_written(tmp_path):
    """Any name that a file can have, with its digests, and any of a project; JSON in ASCII."""
    files = {name: frozenset({ONE}) for name in ("css/site.css", "new\nline", "\udcff", "é", "files")}
    files["x"] = frozenset({ONE, OTHER})
    record = Recorded(files, frozenset({"shop", "é"}))
    content = record_output(record).content
    (tmp_path / RECORD).write_bytes(content)
    assert content.isascii()
    assert json.loads(content)["files"]["x"] == [ONE, OTHER]
    assert read_record(tmp_path) == record


def test_no_record_is_told_from_an_empty_one(tmp_path):
    """A folder that nobody has collected into yet has none, and need not be there."""
    assert read_record(tmp_path / "nowhere") is None
    (tmp_path / RECORD).write_bytes(record_output(Recorded({})).content)
    assert read_record(tmp_path) == Recorded({})


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
        b'{"files": {"..": ["%s"]}, "projects": []}' % ONE.encode(),
        *(b'{"files": {}, "projects": %s}' % each for each in (b'"shop"', b"[1]", b"null")),
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
    refuse_foreign(root / "empty", None, "shop")
    refuse_foreign(root / "nowhere", None, "shop")
    refuse_foreign(root / "killed", None, "shop")
    refuse_foreign(root / "recorded", Recorded({}), "shop")
    with pytest.raises(StaticFilesError, match="is not empty and holds no record"):
        refuse_foreign(root / "full", None, "shop")


@pytest.mark.parametrize("names", [("css/site.css",), ("files", "projects"), ()])
def test_an_older_record_is_the_files_alone(tmp_path, names):
    """It names no project, whatever its files are called."""
    (tmp_path / RECORD).write_text(json.dumps({name: [ONE] for name in names}))
    assert read_record(tmp_path) == Recorded({name: frozenset({ONE}) for name in names})


@pytest.mark.parametrize(
    ("recorded", "project", "others"),
    [
        ((), "shop", None),
        (("shop",), "shop", None),
        ((), "", None),
        (("blog",), "shop", "blog"),
        (("blog", "news", "shop"), "shop", "blog, news"),
        (("blog",), "", "blog"),
    ],
)
def test_a_folder_of_another_project_is_not_cleared(tmp_path, recorded, project, others):
    """It is named, and so is what to write where it is none."""
    record = Recorded({}, frozenset(recorded))
    if others is None:
        refuse_foreign(tmp_path, record, project)
        return
    with pytest.raises(StaticFilesError) as caught:
        refuse_foreign(tmp_path, record, project)
    assert f"holds files of another project, {others}, so --clear removes nothing; " in str(caught.value)
    assert str(caught.value).endswith(f'"projects": {json.dumps([project] if project else [])}')
