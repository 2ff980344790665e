"""What is sent to a bucket: verified there, overwriting nothing, and taken away again where something fails."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from bucket_server import (
    ARCHIVE,
    BUCKET,
    PLACE,
    URL,
    flip_body,
    is_completion,
    is_deletion,
    is_put,
    lose_answer,
    refusal,
)
from dump_script import MOMENT

from openviper.backup._s3.client import S3
from openviper.backup._s3.location import Location
from openviper.backup._s3.uploading import free_name, upload
from openviper.backup.backup import backup_database
from openviper.backup.errors import Interrupted, StorageFailed
from openviper.backup.job import Job
from openviper.backup.naming import FileName
from openviper.backup.sidecar import Sidecar


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


async def test_a_store_without_checksums(bucket):
    """Where a store has no checksums, the backup is read back."""
    bucket.fault = without_checksums
    await backup_database(URL, PLACE)
    assert ("GET", f"/{BUCKET}/{bucket.keys()[0]}") in bucket.requests


async def test_a_store_with_checksums(bucket):
    """Where a store has checksums, nothing has to be read back but the sidecar."""
    bucket.fault = lambda environ: None
    await backup_database(URL, PLACE)
    assert [path[-10:] for method, path in bucket.requests if method == "GET"] == [".meta.json"]


@pytest.mark.parametrize("fault", [damaged, damaged_without_checksums])
async def test_damaged_on_its_way(bucket, fault):
    """What stands in the bucket and is not what was sent is taken away again."""
    bucket.fault = fault
    with pytest.raises(StorageFailed, match="is not what was sent"):
        await backup_database(URL, PLACE)
    assert bucket.keys() == []


async def test_a_completion_that_is_none(bucket):
    """Where a store says yes to the completion and does nothing, no unfinished upload stays."""
    bucket.fault = lambda environ: ("200 OK", b"") if is_completion(environ) else None
    with pytest.raises(StorageFailed, match="is not what was sent"):
        await backup_database(URL, PLACE)
    assert (bucket.keys(), bucket.uploads()) == ([], 0)


REFUSALS = {
    "nothing is allowed": (lambda environ: True, "these credentials may not use it; s3:ListBucket", []),
    "no upload": (lambda environ: "uploads" in environ["QUERY_STRING"], "CreateMultipartUpload was refused: Acc", []),
    "no part": (lambda environ: "partNumber" in environ["QUERY_STRING"], "UploadPart was refused: AccessDenied", []),
    "no sidecar": (lambda environ: is_put(environ, ".meta.json"), "PutObject was refused: AccessDenied", []),
    "no deletion": (
        lambda environ: is_put(environ, ".meta.json") or is_deletion(environ),
        "what was sent could not be taken away again, and still stands there",
        [ARCHIVE],
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_refused(bucket, name):
    """Where a store refuses, it is said what, and what remains."""
    is_refused, words, remaining = REFUSALS[name]
    bucket.fault = lambda environ: refusal("403 Forbidden", "AccessDenied") if is_refused(environ) else None
    with pytest.raises(StorageFailed, match=re.escape(words)):
        await backup_database(URL, PLACE)
    keys = bucket.keys()
    assert len(keys) == len(remaining)
    assert all(re.fullmatch(pattern, key) for pattern, key in zip(remaining, keys, strict=True))


def test_stopped_where_nothing_may_be_taken_away(bucket, s3, tmp_path):
    """An upload that is stopped remains stopped, and is no failure, where it also says what remains."""

    def stop(progress):
        if progress.step == "verify":
            job.cancel("stopped")

    bucket.fault = lambda environ: refusal("403 Forbidden", "AccessDenied") if is_deletion(environ) else None
    with Job(on_progress=stop) as job, pytest.raises(Interrupted, match=r"stopped; what was sent could not be taken"):
        send(s3, tmp_path, job)
    assert bucket.keys() == [FIRST]


NAME = FileName("shop", MOMENT, ".tar.gz")
FIRST, SECOND = f"nightly/{NAME}", "nightly/shop_20260131-235958-2.tar.gz"


@pytest.fixture
def s3(bucket):
    with closing(S3()) as store:
        yield store


def put(s3, folder: Path):
    """Upload a small file by the first name."""
    with Job() as job:
        return send(s3, folder, job)


def send(s3, folder: Path, job: Job):
    (folder / "made").write_bytes(b"content")
    sidecar = Sidecar("shop", "script", MOMENT, str(NAME), "1", hashlib.sha256(b"content").hexdigest())
    return upload(s3, Location(BUCKET, "nightly"), folder / "made", sidecar, NAME, job)


def pair(key: str) -> list[str]:
    """The keys of a backup and its sidecar."""
    return [key, f"{key}.meta.json"]


def test_a_name_that_is_taken(bucket, s3, tmp_path):
    """A backup whose name is taken gets the next number, whoever took it: before the dump, or while it was made."""
    with Job() as job:
        assert free_name(s3, Location(BUCKET, "nightly"), NAME, job) == NAME
        put(s3, tmp_path)
        assert free_name(s3, Location(BUCKET, "nightly"), NAME, job).number == 2
    assert str(put(s3, tmp_path).location) == f"s3://{BUCKET}/{SECOND}"
    assert json.loads(bucket.content(f"{SECOND}.meta.json"))["filename"] == SECOND.removeprefix("nightly/")
    assert bucket.keys() == sorted([*pair(FIRST), *pair(SECOND)])


def test_somebody_elses_sidecar(bucket, s3, tmp_path):
    """Somebody else's sidecar is neither overwritten, nor taken away with what is ours."""
    bucket.client.put_object(Bucket=BUCKET, Key=f"{FIRST}.meta.json", Body=b"theirs")
    put(s3, tmp_path)
    assert bucket.keys() == sorted([f"{FIRST}.meta.json", *pair(SECOND)])
    assert bucket.content(f"{FIRST}.meta.json") == b"theirs"


@pytest.mark.parametrize(
    ("status", "code"),
    [("412 Precondition Failed", "PreconditionFailed"), ("409 Conflict", "ConditionalRequestConflict")],
)
def test_a_race_that_is_lost(bucket, s3, tmp_path, status, code):
    """What somebody puts there at the last moment stays, though the store knows nothing of our upload any more."""

    def lose(environ):
        if FIRST in environ["PATH_INFO"] and is_completion(environ):
            bucket.client.put_object(Bucket=BUCKET, Key=FIRST, Body=b"theirs")
            return refusal(status, code)
        if FIRST in environ["PATH_INFO"] and "uploadId=" in environ["QUERY_STRING"] and is_deletion(environ):
            upload_id = parse_qs(environ["QUERY_STRING"])["uploadId"][0]
            # Slow machines ask again.
            with suppress(bucket.client.exceptions.NoSuchUpload):
                bucket.client.abort_multipart_upload(Bucket=BUCKET, Key=FIRST, UploadId=upload_id)
            return refusal("404 Not Found", "NoSuchUpload")
        return None

    bucket.fault = lose
    put(s3, tmp_path)
    assert bucket.keys() == sorted([FIRST, *pair(SECOND)])
    assert bucket.content(FIRST) == b"theirs"


def lost(is_asked):
    """A fault: what is asked for is done, nobody is told, and when it is asked again nothing is known of it."""
    answers = iter([lose_answer])

    def answer(environ):
        if not is_asked(environ):
            return None
        return next(answers, None) or refusal("404 Not Found", "NoSuchUpload")

    return answer


def test_the_answer_to_the_last_part_is_lost(bucket, s3, tmp_path):
    """An archive that stands there, though no answer said so, is taken away again."""
    bucket.fault = lost(is_completion)
    with pytest.raises(StorageFailed, match="NoSuchUpload"):
        put(s3, tmp_path)
    assert bucket.keys() == []


def test_the_answer_to_the_sidecar_is_lost(bucket, s3, tmp_path):
    """A sidecar that stands there, though no answer said so, is not taken for somebody else's and left behind."""
    answers = iter([lose_answer])
    bucket.fault = lambda environ: next(answers, None) if is_put(environ, f"{FIRST}.meta.json") else None
    put(s3, tmp_path)
    assert bucket.keys() == pair(SECOND)
