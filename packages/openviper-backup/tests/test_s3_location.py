"""Places in a bucket, as users write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from openviper.backup._s3.location import Location, local_folder, parse_location
from openviper.backup.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("s3://backups", Location("backups", "")),
        ("s3://backups/", Location("backups", "")),
        ("S3://backups/nightly/shop/", Location("backups", "nightly/shop")),
        ("s3://my.old_Bucket/a b", Location("my.old_Bucket", "a b")),
        ("s3://backups/ada@example/a:b", Location("backups", "ada@example/a:b")),
        ("./backup", None),
        (Path("backup"), None),
        ("/s3://backups", None),
        ("./s3:backups", None),
    ],
)
def test_parse(text, location):
    """Bucket and key; a path of this machine is none."""
    assert parse_location(text) == location


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("s3://", "names no bucket"),
        ("s3:/backups/nightly", "expected s3://bucket/prefix"),
        ("S3:backups", "expected s3://bucket/prefix"),
        (Path("s3://backups/nightly"), "expected s3://bucket/prefix"),
        ("s3:///nightly", "names no bucket"),
        ("s3://a b/c", "names no bucket"),
        ("s3://backups/../other", "Path traversal detected"),
        ("s3://backups/a//b", "empty or unprintable"),
        ("s3://backups/a\nb", "empty or unprintable"),
    ],
)
def test_refused(text, words):
    """What cannot be meant is refused."""
    with pytest.raises(InvalidInput, match=words):
        parse_location(text)


@pytest.mark.parametrize(
    "text",
    [
        "s3://AKIA:hunter2@bucket/x",
        "S3://AKIA:hunter2@bucket",
        "s3:/AKIA:hunter2@bucket/x",
        "s3:///AKIA:hunter2@bucket/x",
        "s3://AKIA:hunter2/more@bucket/x",
        "s3://hunter2@bucket/../x",
    ],
)
def test_credentials_in_a_url(text):
    """Keys in a URL are refused, with where they belong, and not shown."""
    with pytest.raises(InvalidInput, match="takes them from AWS_ACCESS_KEY_ID") as raised:
        parse_location(text)
    assert "hunter2" not in str(raised.value)
    assert "AKIA" not in str(raised.value)


@pytest.mark.parametrize(("key", "child"), [("", "x.sql"), ("nightly", "nightly/x.sql")])
def test_child(key, child):
    """A file in a folder has the folder's key before its name, and is shown as a URL."""
    place = Location("backups", key).child("x.sql")
    assert (place.key, place.name, str(place)) == (child, "x.sql", f"s3://backups/{child}")
    assert place.beside(".meta.json").key == f"{child}.meta.json"


def test_a_key_that_is_too_long():
    """A key that leaves no room for a backup's name is refused before anything is made."""
    with pytest.raises(InvalidInput, match="leaves no room"):
        Location("backups", "x" * 1020).child("x.sql")


def test_a_folder_of_this_machine():
    """A place in a bucket is refused where only a folder will do, and its keys are not shown."""
    assert local_folder("./backup") == Path("backup")
    with pytest.raises(InvalidInput, match="'s3://backups/x' is in a bucket; expected a folder"):
        local_folder("s3://backups/x")
    with pytest.raises(InvalidInput, match="An s3:// URL has no user"):
        local_folder("s3://AKIA:hunter2@backups/x")
