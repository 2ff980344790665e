"""A file in parts, as an upload sends them: read from the disk while they are sent, never held."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.backup.job import Job

__all__ = ["Part", "composite", "parts_of"]

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
_LEAST, _MOST_PARTS = 16 << 20, 10_000
_PIECE = 1 << 20


class Part:
    """A part of a file, as boto3 reads one.

    Args:
        number: From 1.
        job: Looked at in each read.
    """

    def __init__(self, fd: int, number: int, offset: int, size: int, job: Job) -> None:
        self.number, self.size = number, size
        self._fd, self._offset, self._job = fd, offset, job
        self._position = 0
        digest = hashlib.sha256()
        while data := self.read(_PIECE):
            digest.update(data)
        self.digest = digest.digest()
        self._position = 0

    @property
    def end(self) -> int:
        """Where it ends in the file."""
        return self._offset + self.size

    @property
    def checksum(self) -> str:
        """SHA-256, base64."""
        return base64.b64encode(self.digest).decode()

    def read(self, size: int = -1) -> bytes:
        self._job.check()
        left = self.size - self._position
        data = os.pread(self._fd, left if size < 0 else min(size, left), self._offset + self._position)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position


def parts_of(fd: int, size: int, job: Job) -> Iterator[Part]:
    """Cut a file of ``size`` bytes into the parts of an upload: 16 MiB, or more where there were too many."""
    length = max(_LEAST, -(-size // _MOST_PARTS))
    for number, offset in enumerate(range(0, size, length), 1):
        yield Part(fd, number, offset, min(length, size - offset), job)


def composite(digests: list[bytes]) -> str:
    """The checksum that S3 has for an object of these parts, base64, without the count that follows a dash."""
    return base64.b64encode(hashlib.sha256(b"".join(digests)).digest()).decode()
