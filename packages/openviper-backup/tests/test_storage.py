"""Backups in a bucket, against moto's S3."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

import pytest
from archive_making import read_all
from backup_terminal import HERE, engines, environment, viperctl
from bucket_server import ARCHIVE, BUCKET, CREDENTIALS, PLACE, URL
from dump_script import ScriptedEngine
from ledger_engine import dump_of
from sqlite_making import make_database

from openviper.backup import storage
from openviper.backup._staging import staging_folder
from openviper.backup.backup import backup_database
from openviper.backup.errors import BackupError, BackupFileNotFound, Interrupted, InvalidArchive, NotEnoughSpace
from openviper.backup.restore import restore_database
from openviper.backup.resume import resume_restore
from openviper.backup.verify import verify_backup


async def test_a_backup(bucket):
    """Archive and sidecar of a backup stand in the bucket, and nothing stands here."""
    result = await backup_database(URL, PLACE)
    archive, sidecar = bucket.keys()
    assert re.fullmatch(ARCHIVE, archive)
    assert (result.location, result.sidecar) == (f"s3://{BUCKET}/{archive}", f"s3://{BUCKET}/{sidecar}")
    data = bucket.content(archive)
    assert read_all(data) == ScriptedEngine().content
    assert (result.bytes, result.checksum) == (len(data), hashlib.sha256(data).hexdigest())
    facts = json.loads(bucket.content(sidecar))
    assert (facts["filename"], facts["checksum"]) == (archive.removeprefix("nightly/"), result.checksum)


async def test_in_parts(bucket):
    """A backup that is larger than a part is whole, and its parts were verified by the store."""
    result = await backup_database("bulky://db.example/shop", f"s3://{BUCKET}")
    data = bucket.content(bucket.keys()[0])
    assert len(data) > 3 << 24
    assert hashlib.sha256(data).hexdigest() == result.checksum
    head = bucket.client.head_object(Bucket=BUCKET, Key=bucket.keys()[0])
    assert head["ETag"].strip('"').endswith("-4")


async def test_round_trip(bucket, tmp_path):
    """What went there comes back, for a restore as for a verification."""
    (tmp_path / "live").write_bytes(b"things\told\n")
    url = f"ledger:///{tmp_path / 'live'}"
    made = await backup_database(url, PLACE, count_rows=True)
    (tmp_path / "live").write_bytes(b"things\tdamaged\n")
    verified = await verify_backup(made.location, url)
    assert (verified.compared, verified.file) == (True, made.location)
    restored = await restore_database(made.location, url, force=True)
    assert (restored.file, restored.notes) == (made.location, ("accepted", "swapped"))
    assert (tmp_path / "live").read_bytes() == b"things\told\n"


async def test_other_counts(bucket, tmp_path):
    """What has other rows than were recorded is named as it stands in the bucket."""
    (tmp_path / "live").write_bytes(b"things\told\n")
    made = await backup_database(f"ledger:///{tmp_path / 'live'}", PLACE, count_rows=True)
    beside = bucket.keys()[1]
    facts = json.loads(bucket.content(beside)) | {"row_counts": {"things": 2}}
    bucket.client.put_object(Bucket=BUCKET, Key=beside, Body=json.dumps(facts).encode())
    with pytest.raises(InvalidArchive, match=f"^'{made.location}' has other rows than were recorded"):
        await verify_backup(made.location, f"ledger:///{tmp_path / 'live'}")


async def test_without_a_sidecar(bucket, tmp_path):
    """A backup without a sidecar is restored, and that is noted."""
    bucket.client.put_object(Bucket=BUCKET, Key="by hand.sql", Body=dump_of(b"new"))
    restored = await restore_database(f"s3://{BUCKET}/by hand.sql", f"ledger:///{tmp_path / 'live'}")
    assert "has no sidecar" in restored.notes[0]


async def test_a_database_file_with_its_log_beside_it(bucket, tmp_path):
    """A file of SQLite in a bucket, beside which its log has more, is refused as one of this machine is."""
    shop = make_database(tmp_path / "shop.db", rows=10)
    for key, data in (("shop.sql", shop.read_bytes()), ("shop.sql-wal", b"more")):
        bucket.client.put_object(Bucket=BUCKET, Key=key, Body=data)
    with pytest.raises(InvalidArchive, match=r"'shop\.sql-wal' beside it holds what was written last"):
        await restore_database(f"s3://{BUCKET}/shop.sql", f"sqlite:///{tmp_path / 'live.db'}")


async def test_changed_there(bucket, tmp_path):
    """A backup that was changed in the bucket is refused, by its name there and not by that of the copy."""
    (tmp_path / "live").write_bytes(b"things\told\n")
    made = await backup_database(f"ledger:///{tmp_path / 'live'}", PLACE)
    key = bucket.keys()[0]
    data = bytearray(bucket.content(key))
    data[4] ^= 1
    bucket.client.put_object(Bucket=BUCKET, Key=key, Body=bytes(data))
    with pytest.raises(InvalidArchive, match=f"The SHA-256 of '{made.location}' is "):
        await restore_database(made.location, f"ledger:///{tmp_path / 'live'}", force=True)


@pytest.mark.parametrize("file", [f"s3://{BUCKET}/none.tar.gz", f"s3://{BUCKET}", "s3://no-such-bucket/x.tar.gz"])
async def test_not_there(bucket, tmp_path, file):
    """A backup that is not in the bucket is said so as a file that is not there."""
    with pytest.raises(BackupFileNotFound, match="Backup file not found: 's3://"):
        await restore_database(file, f"ledger:///{tmp_path / 'live'}")


@pytest.mark.parametrize("step", ["look", "dump", "read back", "upload", "verify", "sidecar"])
async def test_stopped(bucket, step):
    """Stopped at whatever step, nothing remains in the bucket, nor here."""

    def on_progress(progress):
        if progress.step == step:
            raise Interrupted(step)

    with pytest.raises(Interrupted, match=step):
        await backup_database(URL, PLACE, on_progress=on_progress)
    assert bucket.keys() == []


def test_the_command(bucket, tmp_path):
    """The command says where the backup is, and that it was verified there."""
    given = {**CREDENTIALS, "AWS_ENDPOINT_URL": bucket.url}
    done = viperctl(tmp_path, "backup-db", "--db", URL, "--path", PLACE, **given)
    assert done.returncode == 0, done.stderr
    first, second, _ = done.stdout.splitlines()
    assert re.fullmatch(rf"Backed up script://ada@db\.example/shop to s3://{BUCKET}/{ARCHIVE}", first)
    assert second.endswith("; verified there")
    assert "hunter2" not in done.stdout + done.stderr


PEAK = """
import asyncio, sys
from pathlib import Path
def peak():
    return int(next(l for l in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in l).split()[1]) / 1024
if sys.argv[1:]:
    from openviper.backup.backup import backup_database
    from openviper.backup.restore import restore_database
    made = asyncio.run(backup_database("bulky://db.example/shop", sys.argv[1]))
    asyncio.run(restore_database(made.location, "bulky://db.example/shop"))
print(peak())
"""


def test_memory(bucket, tmp_path):
    """Of 200 MiB both ways take 96 MiB more than Python alone: what moves is never held."""
    given = environment(engines(tmp_path), **CREDENTIALS, AWS_ENDPOINT_URL=bucket.url, BULKY_MIB="200")

    def measure(*args):
        code = [sys.executable, "-c", PEAK, *args]
        return float(subprocess.run(code, env=given, cwd=HERE, stdout=subprocess.PIPE, check=True).stdout)

    assert measure(PLACE) - measure() < 96
    assert bucket.client.head_object(Bucket=BUCKET, Key=bucket.keys()[0])["ContentLength"] > 200 << 20


async def test_what_is_kept_of_the_old(mariadb, bucket, tmp_path):
    """What a restore from a bucket keeps of the old data is there behind it, and not beside the copy that goes."""
    shop = mariadb.fresh("CREATE TABLE things (a INT); INSERT INTO things VALUES (1)")
    made = await backup_database(shop.url, PLACE)
    shop.run("CREATE VIEW looks AS SELECT * FROM things")
    restored = await restore_database(made.location, shop.url, force=True, keep_old=True)
    (old,) = set(mariadb.databases()) - {shop.name}
    assert old in restored.kept
    assert "staging" not in restored.kept
    assert "VIEW `looks`" in mariadb.run("SELECT * FROM openviper_definitions", old)


@pytest.mark.parametrize("undo", [False, True])
def test_a_restore_that_was_killed_in_its_swap(mariadb, bucket, tmp_path, undo):
    """A restore from a bucket that was killed in its swap is finished, or undone, by the same URL."""
    shop = mariadb.fresh("CREATE TABLE things (a INT); INSERT INTO things VALUES (1)")
    made = asyncio.run(backup_database(shop.url, PLACE))
    shop.run("UPDATE things SET a = 2")
    given = {**os.environ, "TMPDIR": str(tmp_path / "staging")}
    script = [sys.executable, HERE / "mariadb_killed.py", made.location, shop.url, "swap: renamed", "1"]
    assert subprocess.run(script, capture_output=True, env=given, check=False).returncode == -9
    plan = tmp_path / f"{made.location.rpartition('/')[2]}.swap.json"
    assert plan.exists()
    settled = asyncio.run(resume_restore(made.location, shop.url, undo=undo))
    assert settled.file == made.location
    assert shop.run("SELECT a FROM things") == ("2" if undo else "1")
    assert not plan.exists()
    # The next one takes away what the killed one has left.
    with staging_folder():
        pass


@pytest.mark.parametrize("way", ["there", "back"])
async def test_no_temporary_folder(bucket, tmp_path, monkeypatch, way):
    """Where TMPDIR is not there, that is said, on the way to the bucket and back."""
    bucket.client.put_object(Bucket=BUCKET, Key="made.sql", Body=dump_of(b"new"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    ways = {
        "there": lambda: backup_database(URL, PLACE),
        "back": lambda: restore_database(f"s3://{BUCKET}/made.sql", f"ledger:///{tmp_path / 'live'}"),
    }
    with pytest.raises(BackupError, match=r"No temporary folder can be made \(TMPDIR\): '.*none/"):
        await ways[way]()


async def test_a_download_to_a_small_disk(bucket, disk, tmp_path, monkeypatch):
    """What TMPDIR has no room for is not downloaded; what fills it up all the same fails for that reason."""
    bucket.client.put_object(Bucket=BUCKET, Key="made.sql", Body=bytes(2 << 20))
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    with pytest.raises(NotEnoughSpace, match=f"'s3://{BUCKET}/made.sql' needs {2 << 20} bytes, and '{disk}.* has "):
        await restore_database(f"s3://{BUCKET}/made.sql", f"ledger:///{tmp_path / 'live'}")
    monkeypatch.setattr(storage, "check_room", lambda *_facts: None)
    with pytest.raises(NotEnoughSpace, match=rf"'s3://{BUCKET}/made.sql' cannot be written .TMPDIR\): No space left"):
        await restore_database(f"s3://{BUCKET}/made.sql", f"ledger:///{tmp_path / 'live'}")
    assert list(disk.iterdir()) == []


async def test_a_name_that_no_disk_takes(bucket, tmp_path):
    """A key whose last part is longer than a file's name may be is refused as any other error of the disk."""
    bucket.client.put_object(Bucket=BUCKET, Key="x" * 300, Body=b"x")
    with pytest.raises(BackupError, match="File name too long"):
        await restore_database(f"s3://{BUCKET}/{'x' * 300}", f"ledger:///{tmp_path / 'live'}")
