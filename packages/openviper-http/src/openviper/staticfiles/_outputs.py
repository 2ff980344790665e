"""What is to stand in ``STATIC_ROOT``, and how the files that it is made of are read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from ._places import shown
from .errors import StaticFilesError, naming

__all__ = ["Output", "digest_of", "open_regular", "read_whole"]

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Output:
    """One file of ``STATIC_ROOT``."""

    #: Below ``STATIC_ROOT``, with ``/``.
    name: str
    #: The name of the static file that it is made of.
    made_of: str
    path: Path
    #: What stands in it instead of the content of ``path``.
    content: bytes | None = None
    #: SHA-256 of the content of ``path`` that its name was made of; ``None``: whatever it is.
    digest: bytes | None = None

    def chunks(self) -> Iterator[bytes]:
        """Yield the content.

        Raises:
            StaticFilesError: The file cannot be read, or is not what its name says any more.
        """
        if self.content is not None:
            yield self.content
            return
        hashed = sha256()
        for chunk in _chunks_of(self.path):
            hashed.update(chunk)
            yield chunk
        if self.digest not in (None, hashed.digest()):
            raise StaticFilesError(f"{shown(self.path)} was changed while it was collected; run collectstatic again")

    def sha256(self) -> bytes:
        """Return the SHA-256 of the content.

        Raises:
            StaticFilesError: The file cannot be read.
        """
        if self.content is not None:
            return sha256(self.content).digest()
        return self.digest or digest_of(self.path)


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read it; what has become a FIFO or a device meanwhile is never waited for.

    Raises:
        StaticFilesError: It cannot be opened, or is no regular file.
    """
    with naming(f"{shown(path)} cannot be read"):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise StaticFilesError(f"{shown(path)} cannot be read: it is no regular file")
    return os.fdopen(descriptor, "rb")


def read_whole(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        StaticFilesError: It cannot be read.
    """
    return b"".join(_chunks_of(path))


def digest_of(path: Path) -> bytes:
    """Return the SHA-256 of a file.

    Raises:
        StaticFilesError: It cannot be read.
    """
    hashed = sha256()
    for chunk in _chunks_of(path):
        hashed.update(chunk)
    return hashed.digest()


def _chunks_of(path: Path) -> Iterator[bytes]:
    with open_regular(path) as file:
        left = os.fstat(file.fileno()).st_size
        while chunk := _read(file, path):
            left -= len(chunk)
            if left < 0:
                # One of /proc, which may have no end.
                raise StaticFilesError(
                    f"{shown(path)} gives more bytes than its size says: it is no file of a disk, or was changed while "
                    "it was collected; remove it, or run collectstatic again"
                )
            yield chunk


def _read(file: BinaryIO, path: Path) -> bytes:
    with naming(f"{shown(path)} cannot be read"):
        chunk: Any = file.read(_CHUNK)
        if chunk is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return bytes(chunk)
