"""What kill -9 leaves of a backup: nothing that could be taken for one, and nothing in the clear."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pyrage
import pytest
from archive_making import read_all
from backup_terminal import HERE, engines, environment
from bucket_server import ARCHIVE, BUCKET, CREDENTIALS, PLACE, URL
from dump_script import ScriptedEngine, order

from openviper.backup._writing.making import make_backup
from openviper.backup.backup import backup_database
from openviper.backup.encryption import parse_recipients
from openviper.backup.job import Job

FIRST = "shop_20260131-235958.tar.gz"


@pytest.fixture(scope="module")
def identity():
    return pyrage.x25519.Identity.generate()


def kill(folder: Path, step: str, time: int = 1, done: int = 0, files: str = "links", *recipients: str) -> None:
    """Have a backup be killed."""
    script = [sys.executable, HERE / "killed_backup.py", folder, step, str(time), str(done), files, *recipients]
    assert subprocess.run(script, check=False).returncode == -9


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def finished(folder: Path) -> list[str]:
    """The names that no killed run's leftover has."""
    return [name for name in names(folder) if not name.endswith(".part")]


def make(folder: Path, *recipients: str):
    with Job() as job:
        return make_backup(order(folder, recipients=parse_recipients(recipients)), job)


@pytest.mark.parametrize("files", ["links", "renameat2"])
@pytest.mark.parametrize(
    ("step", "done"), [("dump", 0), ("dump", 2 << 20), ("sync", 0), ("read back", 0), ("publish", 0), ("sidecar", 0)]
)
def test_killed_at_each_step(tmp_path, step, done, files):
    """After kill -9 no torn file has a backup's name; the next run works, and clears away what the killed one left."""
    kill(tmp_path, step, 1, done, files)
    left = finished(tmp_path)
    # The file got its name as the last but one thing, and is whole.
    assert left == ([FIRST] if step == "sidecar" else [])
    assert all(read_all((tmp_path / name).read_bytes()) == ScriptedEngine().content for name in left)
    made = make(tmp_path)
    assert names(tmp_path) == sorted([*left, made.file.name, made.sidecar_file.name])
    assert made.file.name not in left


def test_killed_while_a_file_gets_its_name(tmp_path):
    """Where a file system has neither links nor renameat2, a kill in that moment leaves no empty file of that name."""
    kill(tmp_path, "none", files="rename")
    assert finished(tmp_path) == []


@pytest.mark.parametrize(
    ("step", "time"),
    [
        ("dump", 1),
        ("sync", 1),
        ("read back", 1),
        ("encrypt", 1),
        ("sync", 2),
        ("read back", 2),
        ("publish", 1),
        ("sidecar", 1),
    ],
)
def test_killed_at_each_step_of_an_encrypted_one(tmp_path, identity, step, time):
    """Of an encrypted backup kill -9 leaves nothing in the clear either, and the next run clears it away."""
    kill(tmp_path, step, time, 0, "links", str(identity.to_public()))
    left = finished(tmp_path)
    assert left == ([f"{FIRST}.age"] if step == "sidecar" else [])
    for name in left:
        opened = pyrage.decrypt((tmp_path / name).read_bytes(), [identity])
        assert read_all(opened) == ScriptedEngine().content
    for path in [path for path in tmp_path.iterdir() if ".meta.json" not in path.name]:
        assert ".age" in path.name
        assert path.read_bytes()[:21] in (b"", b"age-encryption.org/v1")
    made = make(tmp_path, str(identity.to_public()))
    assert names(tmp_path) == sorted([*left, made.file.name, made.sidecar_file.name])


BUCKET_KILLED = """
import asyncio, os, signal, sys
from openviper.backup.backup import backup_database

begun = []

def look(progress):
    if not progress.done:
        begun.append(progress.step)
    # The second sidecar is the bucket's.
    times = 2 if sys.argv[2] == "sidecar" else 1
    if progress.step == sys.argv[2] and begun.count(sys.argv[2]) == times and progress.done >= int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(backup_database(sys.argv[4], sys.argv[1], on_progress=look))
"""


@pytest.mark.parametrize(
    ("step", "done", "url", "archives", "uploads"),
    [
        ("look", 0, URL, 0, 0),
        ("dump", 0, URL, 0, 0),
        ("read back", 0, URL, 0, 0),
        ("upload", 0, URL, 0, 0),
        ("upload", 1 << 24, "bulky://db.example/shop", 0, 1),
        ("verify", 0, URL, 1, 0),
        ("sidecar", 0, URL, 1, 0),
    ],
)
def test_killed_at_each_step_into_a_bucket(bucket, tmp_path, monkeypatch, step, done, url, archives, uploads):
    """In a bucket kill -9 leaves a whole archive without a sidecar at most, and here what the next run takes away."""
    (tmp_path / "killed").mkdir()
    given = {**CREDENTIALS, "AWS_ENDPOINT_URL": bucket.url, "TMPDIR": str(tmp_path / "killed")}
    script = [sys.executable, "-c", BUCKET_KILLED, PLACE, step, str(done), url]
    run = subprocess.run(script, env=environment(engines(tmp_path), **given), cwd=tmp_path, check=False)
    assert run.returncode == -9
    left = bucket.keys()
    assert (len(left), bucket.uploads()) == (archives, uploads)
    assert all(re.fullmatch(ARCHIVE, key) and read_all(bucket.content(key)) for key in left)
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "killed").iterdir()] == [0o700]
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "killed"))
    made = asyncio.run(backup_database(URL, PLACE))
    key = made.location.removeprefix(f"s3://{BUCKET}/")
    assert bucket.keys() == sorted([*left, key, f"{key}.meta.json"])
    assert names(tmp_path / "killed") == []
    bucket.clear()
