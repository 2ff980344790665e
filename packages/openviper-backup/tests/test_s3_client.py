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
