"""A backup in the clear, and the disk that takes what is in it; their errors say which backup it was.

What is encrypted is decrypted first, into a file without a name.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup import _durable
from openviper.backup._durable import disk_errors, write_all
from openviper.backup.archive import HashingFile
from openviper.backup.encryption import decrypt
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup._restoring.opening import OpenedBackup
    from openviper.backup.engines.base import Staging
    from openviper.backup.job import Job

__all__ = ["Readable", "Reading", "Writing", "check_checksum", "check_room", "readable"]

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Readable:
    """A backup in the clear; ``checksum``: what its SHA-256 must be, ``None`` where it was or cannot be compared."""

    path: Path
    file: BinaryIO
    checksum: str | None


@contextmanager
def readable(backup: OpenedBackup, job: Job) -> Generator[Readable]:
    """Have a backup in the clear.

    Raises:
        InvalidArchive: It was changed, is torn, or none of the identities fits.
        NotEnoughSpace: The disk has no room for what is decrypted.
        BackupError: No disk takes it.
        Interrupted: The job says so.
    """
    if not backup.identities:
        yield Readable(backup.path, backup.file, backup.checksum)
        return
    with _nameless(backup.path) as staged:
        size = os.fstat(backup.file.fileno()).st_size
        job.step("decrypt", size)
        check_room(staged, size, backup.path)
        backup.file.seek(0)
        source = HashingFile(Reading(backup.file, backup.path))
        decrypt(source, Writing(staged, backup.path), backup.identities, job, size)
        while source.read(_PIECE):
            job.check()
        check_checksum(source.hexdigest(), backup.checksum, backup.path)
        yield Readable(backup.path, staged, None)


class Reading:
    """A file whose errors say which it was."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._doing = f"The backup {str(path)!r} cannot be read"

    def read(self, size: int) -> bytes:
        with disk_errors(self._doing):
            return self._file.read(size)


class Writing:
    """A file that takes all it is given."""

    def __init__(self, file: Staging, path: Path) -> None:
        self._file = file
        self._doing = f"What is in {str(path)!r} cannot be written to the disk"

    def write(self, data: bytes | memoryview) -> int:
        with disk_errors(self._doing):
            return write_all(self._file.write, data)

    def flush(self) -> None:
        with disk_errors(self._doing):
            self._file.flush()


def check_room(file: Staging, size: int, path: Path) -> None:
    """Make sure that the disk of ``file`` takes ``size`` bytes that come out of a backup.

    Raises:
        NotEnoughSpace: It does not.
    """
    _durable.check_room(file.fileno(), size, f"{str(path)!r} unpacks to")


def check_checksum(found: str, expected: str | None, path: Path) -> None:
    """Compare the SHA-256 of a backup with its sidecar's; ``None``: there is none to compare with.

    Raises:
        InvalidArchive: It is another.
    """
    if expected is not None and found != expected:
        raise InvalidArchive(
            f"The SHA-256 of {str(path)!r} is {found}, and its sidecar says {expected}: it is torn, or was changed; "
            "--skip-checksum restores it nevertheless"
        )


def _nameless(backup: Path) -> BinaryIO:
    with suppress(OSError):
        return tempfile.TemporaryFile(dir=backup.parent, buffering=0)
    # A backup may lie where nothing can be written: on a disk that is read only.
    with disk_errors(f"What is in {str(backup)!r} can be decrypted neither beside it nor in TMPDIR"):
        return tempfile.TemporaryFile(buffering=0)
