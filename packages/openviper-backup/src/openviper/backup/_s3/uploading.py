"""Put a backup into a bucket: sent with checksums, verified there, and the sidecar last."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from openviper.backup._s3.client import S3, Refused
from openviper.backup._s3.parts import composite, parts_of
from openviper.backup._s3.reading import look, pieces
from openviper.backup._writing.publishing import MAX_NUMBER
from openviper.backup.errors import Interrupted, StorageFailed
from openviper.backup.naming import SIDECAR

if TYPE_CHECKING:
    from pathlib import Path

    from openviper.backup._s3.location import Location
    from openviper.backup.job import Job
    from openviper.backup.naming import FileName
    from openviper.backup.sidecar import Sidecar

__all__ = ["Uploaded", "free_name", "upload"]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A backup that stands in a bucket, verified."""

    location: Location
    sidecar_location: Location


@dataclass(frozen=True, slots=True)
class _Bucket:
    """A bucket, and by what in its metadata an object that was put there is known again."""

    s3: S3
    folder: Location
    job: Job
    metadata: Mapping[str, str] = field(default_factory=lambda: {"openviper-backup": secrets.token_hex(16)})

    def call(self, name: str, location: Location, *wanted: str, **arguments: Any) -> Any:
        return self.s3.ask(name, location, self.job, wanted, **arguments)

    def holds(self, name: str) -> bool:
        return look(self.s3, self.folder.child(name), self.job) is not None

    def take_away(self, location: Location) -> None:
        """Take away what was put there, in any case; what is somebody else's stays."""
        found = look(self.s3, location, None)
        if found is not None and self.metadata.items() <= found.metadata.items():
            self.s3.call("delete_object", location, None)


def free_name(s3: S3, folder: Location, name: FileName, job: Job) -> FileName:
    """Return the name under which nothing stands yet; asked before a dump, so that a bucket that refuses is known then.

    Raises:
        StorageFailed: It cannot be looked into.
    """
    bucket = _Bucket(s3, folder, job)
    s3.check_bucket(folder, job)
    while bucket.holds(str(name)) or bucket.holds(f"{name}{SIDECAR}"):
        name = _next(name)
    return name


def upload(s3: S3, folder: Location, file: Path, sidecar: Sidecar, name: FileName, job: Job) -> Uploaded:
    """Put a backup and its sidecar into a bucket, and overwrite nothing; where this raises, nothing of it remains.

    Args:
        name: Its name there; another number where somebody took it in the meantime.

    Raises:
        StorageFailed: The bucket refuses, keeps something else, or keeps what should have gone again; which it says.
        Interrupted: The job says so; what could not be taken away again is said here, too.
    """
    bucket = _Bucket(s3, folder, job)
    while True:
        try:
            return _upload(bucket, file, replace(sidecar, filename=str(name)))
        except Refused as error:
            if not error.is_taken:
                raise
            name = _next(name)


def _upload(bucket: _Bucket, file: Path, sidecar: Sidecar) -> Uploaded:
    location = bucket.folder.child(sidecar.filename)
    beside = location.beside(SIDECAR)
    checksum, begun = _send(bucket, file, location)
    # An upload that was not completed, whatever was answered, stays there, and is paid for.
    with _or(lambda: _abandon(bucket, location, begun)):
        bucket.job.step("verify", file.stat().st_size)
        _verify(bucket, location, file.stat().st_size, checksum, sidecar.checksum)
        bucket.job.step("sidecar")
        _put(bucket, beside, sidecar.to_json())
    return Uploaded(location, beside)


def _send(bucket: _Bucket, file: Path, location: Location) -> tuple[str, Mapping[str, str]]:
    """Send a file in parts; return what S3 makes of their checksums, and which upload it was."""
    size = file.stat().st_size
    bucket.job.step("upload", size)
    facts: dict[str, Any] = {"ChecksumAlgorithm": "SHA256", "Metadata": bucket.metadata}
    begun = {"UploadId": bucket.call("create_multipart_upload", location, "UploadId", **facts)["UploadId"]}
    digests: list[bytes] = []
    sent: list[dict[str, Any]] = []
    with _or(lambda: _abandon(bucket, location, begun)), file.open("rb", buffering=0) as opened:
        for part in parts_of(opened.fileno(), size, bucket.job):
            facts = {"PartNumber": part.number, "ChecksumSHA256": part.checksum}
            answer = bucket.call("upload_part", location, "ETag", Body=part, **begun, **facts)
            digests.append(part.digest)
            sent.append({"ETag": answer["ETag"], **facts})
            bucket.job.progress("upload", part.end, size)
        bucket.call("complete_multipart_upload", location, MultipartUpload={"Parts": sent}, IfNoneMatch="*", **begun)
    return composite(digests), begun


def _abandon(bucket: _Bucket, location: Location, begun: Mapping[str, str]) -> None:
    """Take away what was sent, which is paid for otherwise; it may be an object already, though no answer said so."""
    try:
        bucket.s3.call("abort_multipart_upload", location, None, **begun)
    except Refused as error:
        if not error.is_not_there:
            raise
    bucket.take_away(location)


def _verify(bucket: _Bucket, location: Location, size: int, checksum: str, digest: str) -> None:
    """Compare with the checksum that S3 has computed of what it has; of a store that has none, read all of it back."""
    found = look(bucket.s3, location, bucket.job)
    if found is None or found.size != size or found.sha256 not in (None, checksum):
        raise StorageFailed(f"{location}: what stands there is not what was sent")
    if found.sha256 is None:
        back = hashlib.sha256()
        for data in pieces(bucket.s3, location, found, bucket.job, step="verify"):
            back.update(data)
        if back.hexdigest() != digest:
            raise StorageFailed(f"{location}: what is read back is not what was sent")


def _put(bucket: _Bucket, location: Location, content: bytes) -> None:
    """Put a small object there, and read it back."""
    checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
    facts = {"ChecksumSHA256": checksum, "IfNoneMatch": "*"}
    with _or(lambda: bucket.take_away(location)):
        bucket.call("put_object", location, Body=content, Metadata=bucket.metadata, **facts)
        found = look(bucket.s3, location, bucket.job)
        if found is None or b"".join(pieces(bucket.s3, location, found, bucket.job, step="sidecar")) != content:
            raise StorageFailed(f"{location}: what is read back is not what was sent")


@contextmanager
def _or(take_away: Callable[[], object]) -> Generator[None]:
    """Take away what was sent where something fails; where that fails too, say so."""
    try:
        yield
    except BaseException as error:
        try:
            take_away()
        except StorageFailed as failed:
            kind = Interrupted if isinstance(error, Interrupted) else StorageFailed
            message = f"{error}; what was sent could not be taken away again, and still stands there: {failed}"
            raise kind(message) from error
        raise


def _next(name: FileName) -> FileName:
    if name.number >= MAX_NUMBER:
        raise StorageFailed(f"{MAX_NUMBER} backups of this second are there: {str(name)!r}")
    return replace(name, number=name.number + 1)
