"""Backups in a bucket, against moto's S3."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile

import pytest
from archive_making import read_all
from backup_terminal import HERE, engines, environment, viperctl
from bucket_server import BUCKET, CREDENTIALS, flip_body, refusal, running_bucket
from dump_script import MOMENT, ScriptedEngine
from ledger_engine import dump_of

from openviper.backup._s3.client import S3
from openviper.backup._s3.location import Location
from openviper.backup._s3.uploading import free_name, upload
from openviper.backup.backup import backup_database
from openviper.backup.errors import BackupFileNotFound, Interrupted, InvalidArchive, InvalidInput, StorageFailed
from openviper.backup.job import Job
from openviper.backup.naming import FileName
from openviper.backup.restore import restore_database
from openviper.backup.sidecar import Sidecar
from openviper.backup.verify import verify_backup

URL = "script://ada:hunter2@db.example/shop"
PLACE = f"s3://{BUCKET}/nightly"
ARCHIVE = r"nightly/shop_\d{8}-\d{6}(-\d)?\.tar\.gz"


@pytest.fixture(scope="module")
def server():
    with running_bucket() as bucket:
        yield bucket


@pytest.fixture
def bucket(server, monkeypatch, tmp_path):
    """An empty bucket that boto3 finds by the environment, with an empty folder for what is staged."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": server.url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(engines(tmp_path))
    (tmp_path / "staging").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "staging"))
    monkeypatch.chdir(tmp_path)
    yield server
    server.fault = None
    server.requests.clear()
    for key in list(server.keys()):
        server.client.delete_object(Bucket=BUCKET, Key=key)
    assert server.uploads() == 0
    assert list((tmp_path / "staging").iterdir()) == []


async def test_a_backup(bucket):
    """Archive and sidecar stand there, and nothing here."""
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
    """What is larger than a part is whole, and its parts were verified by the store."""
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


async def test_without_a_sidecar(bucket, tmp_path):
    """It is restored, and the missing one is noted."""
    bucket.client.put_object(Bucket=BUCKET, Key="by hand.sql", Body=dump_of(b"new"))
    restored = await restore_database(f"s3://{BUCKET}/by hand.sql", f"ledger:///{tmp_path / 'live'}")
    assert "has no sidecar" in restored.notes[0]


async def test_changed_there(bucket, tmp_path):
    """What is not as its sidecar says is refused."""
    (tmp_path / "live").write_bytes(b"things\told\n")
    made = await backup_database(f"ledger:///{tmp_path / 'live'}", PLACE)
    key = bucket.keys()[0]
    data = bytearray(bucket.content(key))
    data[4] ^= 1
    bucket.client.put_object(Bucket=BUCKET, Key=key, Body=bytes(data))
    with pytest.raises(InvalidArchive, match="SHA-256"):
        await restore_database(made.location, f"ledger:///{tmp_path / 'live'}", force=True)


@pytest.mark.parametrize("file", [f"s3://{BUCKET}/none.tar.gz", f"s3://{BUCKET}", "s3://no-such-bucket/x.tar.gz"])
async def test_not_there(bucket, tmp_path, file):
    """As of a file that is not there."""
    with pytest.raises(BackupFileNotFound, match="Backup file not found: 's3://"):
        await restore_database(file, f"ledger:///{tmp_path / 'live'}")


@pytest.mark.parametrize("step", ["look", "dump", "read back", "upload", "verify", "sidecar"])
async def test_stopped(bucket, step):
    """At whatever step, nothing remains there nor here."""

    def on_progress(progress):
        if progress.step == step:
            raise Interrupted(step)

    with pytest.raises(Interrupted, match=step):
        await backup_database(URL, PLACE, on_progress=on_progress)
    assert bucket.keys() == []


def is_put(environ, suffix):
    return environ["REQUEST_METHOD"] == "PUT" and environ["PATH_INFO"].endswith(suffix)


def without_checksums(environ):
    """As of a store that has none."""
    return lambda headers, body: (
        {name: value for name, value in headers.items() if "checksum" not in name.lower()},
        body,
    )


def damaged(environ):
    if is_put(environ, ".tar.gz"):
        flip_body(environ)


def damaged_without_checksums(environ):
    damaged(environ)
    return without_checksums(environ)


def cut(environ):
    """End each answer to GET in its middle, once for each range."""
    if environ["REQUEST_METHOD"] != "GET":
        return None
    return lambda headers, body: (headers, body[: max(1, len(body) // 2)])


async def test_a_store_without_checksums(bucket):
    """The backup is read back."""
    bucket.fault = without_checksums
    await backup_database(URL, PLACE)
    assert ("GET", f"/{BUCKET}/{bucket.keys()[0]}") in bucket.requests


async def test_a_store_with_checksums(bucket):
    """Nothing has to be read back but the sidecar."""
    bucket.fault = lambda environ: None
    await backup_database(URL, PLACE)
    assert [path[-10:] for method, path in bucket.requests if method == "GET"] == [".meta.json"]


@pytest.mark.parametrize("fault", [damaged, damaged_without_checksums])
async def test_damaged_on_its_way(bucket, fault):
    """What stands there is not what was sent: it is taken away again."""
    bucket.fault = fault
    with pytest.raises(StorageFailed, match="is not what was sent"):
        await backup_database(URL, PLACE)
    assert bucket.keys() == []


REFUSALS = {
    "nothing is allowed": (lambda environ: True, "these credentials may not use it; s3:ListBucket", []),
    "no upload": (lambda environ: "uploads" in environ["QUERY_STRING"], "CreateMultipartUpload was refused: Acc", []),
    "no part": (lambda environ: "partNumber" in environ["QUERY_STRING"], "UploadPart was refused: AccessDenied", []),
    "no sidecar": (lambda environ: is_put(environ, ".meta.json"), "PutObject was refused: AccessDenied", []),
    "no deletion": (
        lambda environ: is_put(environ, ".meta.json") or environ["REQUEST_METHOD"] == "DELETE",
        "what was sent could not be taken away again, and still stands there",
        [ARCHIVE],
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_refused(bucket, name):
    """It says what, and what remains."""
    is_refused, words, remaining = REFUSALS[name]
    bucket.fault = lambda environ: refusal("403 Forbidden", "AccessDenied") if is_refused(environ) else None
    with pytest.raises(StorageFailed, match=re.escape(words)):
        await backup_database(URL, PLACE)
    keys = bucket.keys()
    assert len(keys) == len(remaining)
    assert all(re.fullmatch(pattern, key) for pattern, key in zip(remaining, keys, strict=True))


async def test_no_bucket(bucket):
    """It is said before anything is dumped."""
    steps = []
    with pytest.raises(StorageFailed, match="s3://no-such-bucket: there is no such bucket"):
        await backup_database(URL, "s3://no-such-bucket/x", on_progress=lambda progress: steps.append(progress.step))
    assert steps == ["look"]


async def test_busy(bucket):
    """A store that is busy for a moment is asked again."""
    busy = iter([True, True])
    bucket.fault = lambda environ: (
        refusal("503 Slow Down", "SlowDown") if is_put(environ, ".tar.gz") and next(busy, False) else None
    )
    await backup_database(URL, PLACE)
    assert len(bucket.keys()) == 2


async def test_a_connection_that_breaks(bucket, tmp_path):
    """A download goes on behind the last byte."""
    (tmp_path / "live").write_bytes(b"".join(b"things\t%d\n" % number for number in range(100_000)))
    before = (tmp_path / "live").read_bytes()
    made = await backup_database(f"ledger:///{tmp_path / 'live'}", PLACE)
    (tmp_path / "live").unlink()
    bucket.fault = cut
    await restore_database(made.location, f"ledger:///{tmp_path / 'live'}")
    assert (tmp_path / "live").read_bytes() == before
    assert len(bucket.requests) > 10


async def test_no_server(bucket, monkeypatch):
    """It is said which could not be reached."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StorageFailed, match="s3://backups: Could not connect to the endpoint URL"):
        await backup_database(URL, PLACE)


async def test_no_credentials(bucket, monkeypatch):
    """It is said that there are none."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", "/nowhere")
    with pytest.raises(StorageFailed, match="Unable to locate credentials"):
        await backup_database(URL, PLACE)


async def test_not_installed(bucket, monkeypatch):
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(InvalidInput, match=re.escape("pip install 'openviper-backup[s3]'")):
        await backup_database(URL, PLACE)


def archive(folder, name):
    """A file to be uploaded, and its sidecar."""
    (folder / "made").write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    return folder / "made", Sidecar("shop", "script", MOMENT, str(name), "1", digest)


def test_a_name_that_is_taken(bucket, tmp_path):
    """The next number is, whoever took it: before the dump, or while it was made."""
    name, folder = FileName("shop", MOMENT, ".tar.gz"), Location(BUCKET, "nightly")
    file, sidecar = archive(tmp_path, name)
    s3 = S3()
    with Job() as job:
        assert free_name(s3, folder, name, job) == name
        first = upload(s3, folder, file, sidecar, name, job)
        assert free_name(s3, folder, name, job).number == 2
        second = upload(s3, folder, file, sidecar, name, job)
    s3.close()
    assert first.location.name == "shop_20260131-235958.tar.gz"
    assert second.location.name == second.sidecar.filename == "shop_20260131-235958-2.tar.gz"
    assert len(bucket.keys()) == 4


def test_somebody_elses_sidecar(bucket, tmp_path):
    """It is not taken away with what is ours."""
    name = FileName("shop", MOMENT, ".tar.gz")
    file, sidecar = archive(tmp_path, name)
    bucket.client.put_object(Bucket=BUCKET, Key=f"{name}.meta.json", Body=b"theirs")
    s3 = S3()
    with Job() as job:
        ours = upload(s3, Location(BUCKET, ""), file, sidecar, name, job)
    s3.close()
    assert bucket.keys() == sorted([f"{name}.meta.json", ours.location.key, ours.sidecar_location.key])
    assert bucket.content(f"{name}.meta.json") == b"theirs"


def test_the_command(bucket, tmp_path):
    """It says where, and that it was verified there."""
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
    """Both ways it takes 96 MiB more than Python alone, whatever the size."""
    given = environment(engines(tmp_path), **CREDENTIALS, AWS_ENDPOINT_URL=bucket.url)

    def measure(*args):
        code = [sys.executable, "-c", PEAK, *args]
        return float(subprocess.run(code, env=given, cwd=HERE, capture_output=True, check=True).stdout)

    assert measure(PLACE) - measure() < 96


async def test_what_outlasts_a_restore(mariadb, bucket, tmp_path):
    """What a restore keeps of the old data as a file stands in the current folder, not beside the copy that goes."""
    shop = mariadb.fresh("CREATE TABLE things (a INT); INSERT INTO things VALUES (1)")
    made = await backup_database(shop.url, PLACE)
    shop.run("CREATE VIEW looks AS SELECT * FROM things")
    restored = await restore_database(made.location, shop.url, force=True, keep_old=True)
    kept = tmp_path / f"{made.location.rpartition('/')[2]}.swap.sql"
    assert str(kept) in restored.kept
    assert "VIEW `looks`" in kept.read_text()


async def test_errors_name_the_backup_in_the_bucket(bucket, tmp_path):
    """An error that names the copy would name what is gone: it names the one in the bucket."""
    bucket.client.put_object(Bucket=BUCKET, Key="torn.sql", Body=b"")
    with pytest.raises(InvalidArchive, match=rf"^'s3://{BUCKET}/torn\.sql' is empty: it is no dump$"):
        await restore_database(f"s3://{BUCKET}/torn.sql", f"ledger:///{tmp_path / 'live'}")
