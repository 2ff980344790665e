"""Whether there is a store, whether it may be used, and what is tried again."""

from __future__ import annotations

import re
import sys
from contextlib import closing

import pytest
from bucket_server import BUCKET, PLACE, URL, is_put, refusal

from openviper.backup._s3.client import S3
from openviper.backup._s3.location import Location
from openviper.backup.backup import backup_database
from openviper.backup.errors import Interrupted, InvalidInput, StorageFailed
from openviper.backup.job import Job
from openviper.backup.verify import verify_backup


async def test_no_bucket(bucket):
    """A bucket that is not there is said before anything is dumped."""
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


async def test_no_server(bucket, monkeypatch):
    """A store that cannot be reached is named."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StorageFailed, match="s3://backups: Could not connect to the endpoint URL"):
        await backup_database(URL, PLACE)


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("http://ada:hunter2@127.0.0.1:9", r'endpoint URL: "http://\*\*\*@127.0.0.1:9/backups"'),
        ("http://ada:p@hunter2@127.0.0.1:9", "127.0.0.1:9"),
        ("ada:hunter2@127.0.0.1:9", r"Invalid endpoint: \*\*\*@127.0.0.1:9"),
        ("http://ada:hunter2 more@127.0.0.1:9", "127.0.0.1:9"),
        ("http://ada:hunter2/more@127.0.0.1:9", "127.0.0.1:9"),
    ],
)
async def test_a_password_in_the_endpoint(bucket, monkeypatch, endpoint, words):
    """Of an endpoint that cannot be reached, user and password are not shown."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StorageFailed, match=words) as raised:
        await backup_database(URL, PLACE)
    assert "hunter2" not in str(raised.value)


def is_creation(environ):
    return environ["REQUEST_METHOD"] == "POST" and "uploads" in environ["QUERY_STRING"]


def without_tag(headers, body):
    return {name: value for name, value in headers.items() if name.lower() != "etag"}, body


PAGE = "<html>Please log in</html>"


def page(**headers):
    """A fault: whatever is asked for, a page comes."""
    changed = {"Status": "200 OK", "Content-Type": "text/html", "Content-Length": str(len(PAGE)), **headers}
    return lambda environ: lambda _headers, _body: (dict(changed), PAGE.encode())


async def test_an_endpoint_that_answers_with_a_page(bucket):
    """What is no store, as a console or a login page, is said to be none, and not asked for a thousand names."""
    bucket.fault = page(ETag='"1"')
    with pytest.raises(StorageFailed, match=r"whatever is asked for is said to be there.*AWS_ENDPOINT_URL has to name"):
        await backup_database(URL, PLACE)
    assert len(bucket.requests) < 5
    bucket.fault = page()
    with pytest.raises(StorageFailed, match=f"^{PLACE}/x.tar.gz: the answer has no ETag.*AWS_ENDPOINT_URL has to name"):
        await verify_backup(f"{PLACE}/x.tar.gz")


async def test_an_answer_that_lacks_what_it_should_have(bucket):
    """What a proxy took out of the answer to a part is named, and nothing stays of the upload."""
    bucket.fault = lambda environ: without_tag if "partNumber=" in environ["QUERY_STRING"] else None
    with pytest.raises(StorageFailed, match="the answer has no ETag"):
        await backup_database(URL, PLACE)
    assert bucket.keys() == []


async def test_all_is_a_redirection(bucket):
    """A store that sends everybody elsewhere, for ever, is an error like any other."""
    bucket.fault = lambda environ: refusal("301 Moved Permanently", "PermanentRedirect")
    with pytest.raises(StorageFailed, match="s3://backups"):
        await backup_database(URL, PLACE)


async def test_a_conflict_that_stays(bucket):
    """A conflict that is no race for a name is said, and no other name is tried."""
    bucket.fault = lambda environ: refusal("409 Conflict", "OperationAborted") if is_creation(environ) else None
    with pytest.raises(StorageFailed, match="OperationAborted"):
        await backup_database(URL, PLACE)
    assert len(bucket.requests) < 20


async def test_no_credentials(bucket, monkeypatch):
    """Missing credentials are said to be missing."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", "/nowhere")
    with pytest.raises(StorageFailed, match="Unable to locate credentials"):
        await backup_database(URL, PLACE)


async def test_not_installed(bucket, monkeypatch):
    """Where boto3 is not installed, the extra is named."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(InvalidInput, match=re.escape("pip install 'openviper-backup[s3]'")):
        await backup_database(URL, PLACE)


def test_cancelled_between_attempts(bucket):
    """A call that a busy store would be asked for again and again ends where the job is cancelled."""

    def cancel(environ):
        job.cancel("told to")
        return refusal("503 Slow Down", "SlowDown")

    bucket.fault = cancel
    with closing(S3()) as s3, Job() as job:
        with pytest.raises(Interrupted, match="told to"):
            s3.call("head_object", Location(BUCKET, "x"), job)
        assert len(bucket.requests) == 1
        bucket.fault = None
        s3.call("delete_object", Location(BUCKET, "x"), None)
