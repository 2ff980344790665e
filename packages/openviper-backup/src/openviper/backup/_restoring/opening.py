"""A backup file that is to be restored: found, opened once, and its sidecar read."""

from __future__ import annotations

import os
import re
import stat
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from openviper.backup.encryption import is_encrypted, load_identities
from openviper.backup.errors import BackupError, BackupFileNotFound, InvalidArchive, InvalidInput
from openviper.backup.naming import SIDECAR, safe_path
from openviper.backup.sidecar import Sidecar, read_sidecar
from openviper.backup.storage import nearby, shown

if TYPE_CHECKING:
    from openviper.backup.job import Job

__all__ = ["OpenedBackup", "holds_archive", "open_anywhere", "open_backup"]

_AGE = ".age"
_ARCHIVES = (".tar.gz", ".tgz")
_GZIP = b"\x1f\x8b"
_HEAD = 4096
# What stands in no text, and in each header of tar: that of an archive which was not finished is 0xFF throughout.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f\xff]")


@dataclass(frozen=True, slots=True)
class OpenedBackup:
    """A backup that is there; nothing of it was believed yet.

    Attributes:
        file: Unbuffered; one description for all that is read of it, so that it stays the same file.
        sidecar: ``None`` where there is none, or an unreadable one that need not be believed.
        checksum: What its SHA-256 must be; ``None``: nothing to compare it with.
        identities: Who may decrypt it; empty: it is not encrypted.
        notes: What could not be checked.
    """

    path: Path
    file: BinaryIO
    sidecar: Sidecar | None
    checksum: str | None
    identities: tuple[Any, ...]
    notes: tuple[str, ...]


@contextmanager
def open_backup(
    file: str | Path, *, skip_checksum: bool = False, identity_file: str | Path | None = None
) -> Generator[OpenedBackup]:
    """Open a backup.

    Args:
        skip_checksum: Do not compare its checksum with the sidecar's, which need not even be readable.
        identity_file: As in :func:`~openviper.backup.encryption.load_identities`, for an encrypted one.

    Raises:
        BackupFileNotFound: It is not there.
        InvalidInput: It is a folder, a FIFO, a sidecar or the like, its path has ``..`` in it, or the identities are
            missing.
        InvalidArchive: The sidecar cannot be read, the file is not encrypted as its name says, or it is text that was
            compressed by gzip.
        BackupError: It cannot be opened, or read.
    """
    path = safe_path(file)
    with os.fdopen(_open(path), "rb", 0) as opened:
        head = _head(path, opened)
        _refuse_others(path, head)
        is_age = _is_age(path, head)
        sidecar, notes = _sidecar(path, skip_checksum=skip_checksum)
        yield OpenedBackup(
            path=path,
            file=opened,
            sidecar=sidecar,
            checksum=sidecar.checksum if sidecar and not skip_checksum else None,
            identities=load_identities(identity_file) if is_age else (),
            notes=notes,
        )


@contextmanager
def open_anywhere(
    file: str | Path, job: Job, *, skip_checksum: bool, identity_file: str | Path | None
) -> Generator[OpenedBackup]:
    """Open a backup, which may be in a bucket; where it turns out to be none, the error says which file it was.

    Raises:
        BackupError: As :func:`open_backup` and :func:`~openviper.backup.storage.nearby` do.
    """
    with (
        nearby(file, job) as path,
        _named(path.name, str(shown(file))),
        open_backup(path, skip_checksum=skip_checksum, identity_file=identity_file) as backup,
    ):
        yield backup


def holds_archive(path: Path, head: bytes) -> bool:
    """Tell from a file's name and its first bytes, decrypted, whether it is an archive; else it is the dump itself.

    One whose first bytes were damaged is an archive still, and not SQL that somebody might want to run.
    """
    return head.startswith(_GZIP) or path.name.lower().removesuffix(_AGE).endswith(_ARCHIVES)


def _open(path: Path) -> int:
    try:
        # A FIFO would wait for its other end.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BackupFileNotFound(f"Backup file not found: {str(path)!r}") from error
    except OSError as error:
        raise BackupError(f"The backup {str(path)!r} cannot be opened: {error.strerror}") from error
    mode = os.fstat(fd).st_mode
    if not stat.S_ISREG(mode):
        os.close(fd)
        what = "a folder; name one of the files in it" if stat.S_ISDIR(mode) else "not a regular file"
        raise InvalidInput(f"The backup {str(path)!r} is {what}")
    return fd


@contextmanager
def _named(name: str, shown: str) -> Generator[None]:
    try:
        yield
    except InvalidArchive as error:
        if name in str(error):
            raise
        raise InvalidArchive(f"{error} ({shown!r})") from error


def _head(path: Path, file: BinaryIO) -> bytes:
    try:
        return os.pread(file.fileno(), _HEAD, 0)
    except OSError as error:
        raise BackupError(f"The backup {str(path)!r} cannot be read: {error.strerror}") from error


def _refuse_others(path: Path, head: bytes) -> None:
    if path.name.endswith(SIDECAR):
        raise InvalidInput(
            f"{str(path)!r} is the sidecar of a backup; name the backup, {path.name.removesuffix(SIDECAR)!r}"
        )
    text = _unpacked(head)
    if text and not _BINARY.search(text):
        raise InvalidArchive(
            f"No 'backup.sql' member found in archive: {str(path)!r} is gzip, but not an archive; "
            "gunzip it and restore the .sql"
        )


def _unpacked(head: bytes) -> bytes:
    """Return what ``head`` unpacks to, where it is the beginning of a gzip file."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _HEAD) if head.startswith(_GZIP) else b""
    except zlib.error:
        return b""


def _is_age(path: Path, head: bytes) -> bool:
    is_age = is_encrypted(head)
    if not is_age and path.name.lower().endswith(_AGE):
        raise InvalidArchive(f"{str(path)!r} is not encrypted with age, as its name says: it is torn, or was changed")
    return is_age


def _sidecar(path: Path, *, skip_checksum: bool) -> tuple[Sidecar | None, tuple[str, ...]]:
    try:
        # Of a link to a backup, latest.tar.gz, the sidecar stands where that is.
        sidecar = read_sidecar(path) or read_sidecar(path.resolve())
    except InvalidArchive as error:
        if not skip_checksum:
            raise InvalidArchive(f"{error}; --skip-checksum goes on without it") from error
        return None, (f"{error}",)
    if sidecar is None:
        return None, (f"{path.name!r} has no sidecar: whether it is as it was written could not be checked",)
    return sidecar, ("The checksum was not compared with the sidecar's",) if skip_checksum else ()
