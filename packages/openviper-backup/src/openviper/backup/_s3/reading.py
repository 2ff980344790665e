"""Read an object from its beginning to its end, over broken connections too."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that is there.

    Attributes:
        sha256: Of S3's own checksum, base64, of the object or of its parts' checksums.
        metadata: What its sender has said of it.
    """

    size: int
    etag: str
    sha256: str | None
    metadata: Mapping[str, str]


def look(s3: S3, location: Location, job: Job | None) -> StoredObject | None:
    """Return what is known of an object; ``None``: there is none, or no such bucket.

    Args:
        job: As in :meth:`S3.call`.

    Raises:
        StorageFailed: It may not be looked at, or the store cannot be reached.
    """
    try:
        found = s3.ask("head_object", location, job, ("ContentLength", "ETag"), ChecksumMode="ENABLED")
    except Refused as error:
        if error.is_not_there:
            return None
        raise
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html: of parts, "...=-17".
    checksum: str | None = found.get("ChecksumSHA256")
    sha256 = checksum.partition("-")[0] if checksum else None
    return StoredObject(found["ContentLength"], found["ETag"], sha256, found.get("Metadata", {}))


def pieces(s3: S3, location: Location, found: StoredObject, job: Job, *, step: str) -> Iterator[bytes]:
    """Return the content of an object; where the connection breaks, it goes on after the last byte.

    Raises:
        StorageFailed: It breaks again and again, or the object is no longer the one that was looked at.
        Interrupted: The job says so.
    """
    done = failures = 0
    failed: StorageFailed | None = None
    while done < found.size and failures < _ATTEMPTS:
        time.sleep(0.1 * failures)
        # An end that comes too early is a failure, with an error or without.
        failures, failed = failures + 1, None
        try:
            for data in _from(s3, location, found, done, job):
                failures = 0
                done += len(data)
                job.progress(step, done, found.size)
                yield data
        except Refused:
            raise
        except StorageFailed as error:
            failed = error
    if done != found.size:
        raise failed or StorageFailed(f"{location}: {done} bytes came instead of {found.size}")


def _from(s3: S3, location: Location, found: StoredObject, start: int, job: Job) -> Iterator[bytes]:
    answer = s3.call("get_object", location, job, Range=f"bytes={start}-", IfMatch=found.etag)
    with closing(answer["Body"]) as body:
        while data := _read(s3, location, body, job):
            yield data


def _read(s3: S3, location: Location, body: Any, job: Job) -> bytes:
    data: bytes = s3.tried(str(location), lambda: body.read(_PIECE), job)
    return data
