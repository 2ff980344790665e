"""The checksum of a file, taken on the way as it is read or written."""

from __future__ import annotations

import hashlib
from typing import Protocol

__all__ = ["HashingFile", "HashingTarget", "Source", "Target"]


class Source(Protocol):
    """What is read from: an unbuffered file, or what stands before one."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end."""
        ...


class Target(Protocol):
    """What is written to."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Write some of ``data``; return how many bytes."""
        ...


class HashingFile:
    """A file that is read once, forwards.

    Attributes:
        done: Bytes that were read.
    """

    def __init__(self, file: Source) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.done = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes: up to ``size`` of them, none at the end."""
        data = self._file.read(size)
        self._hash.update(data)
        self.done += len(data)
        return data

    def hexdigest(self) -> str:
        """SHA-256 of what was read, in lower case."""
        return self._hash.hexdigest()


class HashingTarget:
    """A file that is written once, forwards.

    Attributes:
        done: Bytes that were written.
    """

    def __init__(self, file: Target) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.done = 0

    def write(self, data: bytes | memoryview) -> int:
        """Write some of ``data``; return how many bytes."""
        written = self._file.write(data)
        self._hash.update(data[:written])
        self.done += written
        return written

    def hexdigest(self) -> str:
        """SHA-256 of what was written, in lower case."""
        return self._hash.hexdigest()
