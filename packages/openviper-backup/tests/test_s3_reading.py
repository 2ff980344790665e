"""An object that is read over a connection that fails."""

from __future__ import annotations

from contextlib import closing

import pytest
from bucket_server import BUCKET, PLACE

from openviper.backup._s3.client import S3
from openviper.backup._s3.location import Location
from openviper.backup._s3.reading import look, pieces
from openviper.backup.backup import backup_database
from openviper.backup.errors import StorageFailed
from openviper.backup.job import Job
from openviper.backup.restore import restore_database


def cut(environ):
    """End each answer to GET in its middle, once for each range."""
    if environ["REQUEST_METHOD"] != "GET":
        return None
    return lambda headers, body: (headers, body[: max(1, len(body) // 2)])


async def test_a_connection_that_breaks(bucket, tmp_path):
    """A download over a connection that breaks goes on behind the last byte."""
    (tmp_path / "live").write_bytes(b"".join(b"things\t%d\n" % number for number in range(100_000)))
    before = (tmp_path / "live").read_bytes()
    made = await backup_database(f"ledger:///{tmp_path / 'live'}", PLACE)
    (tmp_path / "live").unlink()
    bucket.fault = cut
    await restore_database(made.location, f"ledger:///{tmp_path / 'live'}")
    assert (tmp_path / "live").read_bytes() == before
    assert len(bucket.requests) > 10


@pytest.mark.parametrize("size", [0, 5])
def test_an_object_that_ends_too_early(bucket, size):
    """Where an object ends too early each time, without an error of the connection, that is raised at last."""
    bucket.client.put_object(Bucket=BUCKET, Key="x", Body=b"0123456789")
    ends = iter([b"01234"[:size]])
    bucket.fault = lambda environ: end if environ["REQUEST_METHOD"] == "GET" else None

    def end(headers, body):
        data = next(ends, b"")
        return {**headers, "Content-Length": str(len(data))}, data

    with closing(S3()) as s3, Job() as job:
        found = look(s3, Location(BUCKET, "x"), job)
        with pytest.raises(StorageFailed, match=f"^s3://{BUCKET}/x: {size} bytes came instead of 10$"):
            list(pieces(s3, Location(BUCKET, "x"), found, job, step="download"))
    assert len(bucket.requests) < 10


def test_another_object_in_the_meantime(bucket):
    """An object that was replaced behind the look at it is not read on: half of it would be of each."""
    bucket.client.put_object(Bucket=BUCKET, Key="x", Body=b"0123456789")
    with closing(S3()) as s3, Job() as job:
        found = look(s3, Location(BUCKET, "x"), job)
        bucket.client.put_object(Bucket=BUCKET, Key="x", Body=b"abcdefghij")
        with pytest.raises(StorageFailed, match="PreconditionFailed"):
            list(pieces(s3, Location(BUCKET, "x"), found, job, step="download"))
