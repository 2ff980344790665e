"""Read an object from its beginning to its end, over broken connections too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openviper.backup._s3.client import Refused
from openviper.backup.errors import StorageFailed

if TYPE_CHECKING:
    from openviper.backup._s3.client import S3
    from openviper.backup._s3.location import Location
    from openviper.backup.job import Job

__all__ = ["StoredObject", "look", "pieces"]

_PIECE = 1 << 20
_ATTEMPTS = 5
_NOT_THERE = 404


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that is there; ``sha256``: of S3's own checksum, base64, of the object or of its parts' checksums."""

    size: int
    etag: str
    sha256: str | None


def look(s3: S3, location: Location, job: Job) -> StoredObject | None:
    """Return what is known of an object; ``None``: there is none, or no such bucket.

    Raises:
        StorageFailed: It may not be looked at, or the store cannot be reached.
    """
    try:
        found = s3.call("head_object", location, job, ChecksumMode="ENABLED")
    except Refused as error:
        if error.status == _NOT_THERE:
            return None
        raise
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html: of parts, "...=-17".
    checksum: str | None = found.get("ChecksumSHA256")
    return StoredObject(found["ContentLength"], found["ETag"], checksum.partition("-")[0] if checksum else None)


def pieces(s3: S3, location: Location, found: StoredObject, job: Job, *, step: str) -> Iterator[bytes]:
    """Return the content of an object; where the connection breaks, it goes on behind the last byte.

    Raises:
        StorageFailed: It breaks again and again, or the object is no longer the one that was looked at.
        Interrupted: The job says so.
    """
    done = failures = 0
    while done < found.size:
        try:
            for data in _from(s3, location, found, done, job):
                failures = 0
                done += len(data)
                job.progress(step, done, found.size)
                yield data
        except Refused:
            raise
        except StorageFailed:
            failures += 1
            if failures == _ATTEMPTS:
                raise
            time.sleep(0.1 * failures)
    if done != found.size:
        raise StorageFailed(f"{location}: {done} bytes came instead of {found.size}")


def _from(s3: S3, location: Location, found: StoredObject, start: int, job: Job) -> Iterator[bytes]:
    answer = s3.call("get_object", location, job, Range=f"bytes={start}-", IfMatch=found.etag)
    with closing(answer["Body"]) as body:
        while data := _read(s3, location, body, job):
            yield data


def _read(s3: S3, location: Location, body: Any, job: Job) -> bytes:
    data: bytes = s3.tried(str(location), lambda: body.read(_PIECE), job)
    return data
