"""What is to stand in ``STATIC_ROOT``, and whether it does."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from ._places import shown
from .errors import StaticFilesError, naming

__all__ = ["Output", "digest_of", "is_there", "open_regular", "read_whole"]

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


def is_there(root: Path, output: Output) -> bool:
    """Tell whether the file stands in ``root`` with this content already.

    The content is compared, not times: what a crash has left half written is written again.

    Raises:
        StaticFilesError: One of the two cannot be read.
    """
    path = root / output.name
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise StaticFilesError(f"{shown(path)} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode) or status.st_size != _size_of(output):
        return False
    with open_regular(path) as file:
        return all(chunk == _read(file, path, len(chunk)) for chunk in output.chunks())


def _size_of(output: Output) -> int:
    if output.content is not None:
        return len(output.content)
    with naming(f"{shown(output.path)} cannot be read"):
        return output.path.stat().st_size


def _chunks_of(path: Path) -> Iterator[bytes]:
    with open_regular(path) as file:
        read: Callable[[], bytes] = lambda: _read(file, path, _CHUNK)  # noqa: E731 - what iter() calls until the end
        yield from iter(read, b"")


def _read(file: BinaryIO, path: Path, size: int) -> bytes:
    with naming(f"{shown(path)} cannot be read"):
        return file.read(size)
