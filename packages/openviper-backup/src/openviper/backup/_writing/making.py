"""Make a backup in a folder: dump, write, read back, publish. All of it is led by one thread."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO

from openviper.backup._durable import disk_errors, make_folder
from openviper.backup._source import source_of
from openviper.backup._writing.following import Follower
from openviper.backup._writing.proof import NOT_WRITTEN, checksum, prove
from openviper.backup._writing.publishing import Publication
from openviper.backup.archive import (
    CHUNK,
    ArchiveFacts,
    ArchiveWriter,
    Compression,
    HashingFile,
    HashingTarget,
    PlainWriter,
    Proved,
    open_archive_writer,
)
from openviper.backup.encryption import encrypt
from openviper.backup.errors import IncompleteDump, InvalidArchive
from openviper.backup.sidecar import Sidecar, installed_version

if TYPE_CHECKING:
    from pathlib import Path

    from openviper.backup.engines.base import BackupEngine, Dump, DumpOptions
    from openviper.backup.job import Job
    from openviper.backup.naming import FileName
    from openviper.backup.url import DatabaseURL

__all__ = ["Made", "Order", "make_backup"]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made, and where: in the folder that ``options`` name.

    Attributes:
        compression: ``None``: a plain ``.sql``.
        recipients: Of :func:`~openviper.backup.encryption.parse_recipients`; empty: it is not encrypted.
    """

    engine: BackupEngine
    url: DatabaseURL
    name: FileName
    options: DumpOptions
    compression: Compression | None
    recipients: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A published backup; ``bytes``: of its file."""

    file: Path
    sidecar_file: Path
    sidecar: Sidecar
    dump_bytes: int
    bytes: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Dumped:
    facts: ArchiveFacts
    proved: Proved | None
    row_counts: Mapping[str, int] | None
    notes: tuple[str, ...]


def make_backup(order: Order, job: Job) -> Made:
    """Make a backup; where this raises, nothing of it remains.

    Raises:
        BackupError: Of whatever kind.
    """
    given = order.options.folder
    with disk_errors("The backup cannot be written", given):
        make_folder(given)
        folder = _resolved(given)
        order = replace(order, options=replace(order.options, folder=folder))
        with Publication(folder, order.name) as publication, os.fdopen(publication.fd, "r+b", 0, closefd=False) as file:
            dumped, digest = _encrypted(order, file, job) if order.recipients else _written(order, file, job)
            made = _published(order, publication, dumped, digest, job)
    return _named(made, folder, given)


def _resolved(given: Path) -> Path:
    """Return the folder itself: a link to it may lead to another one before the backup is done."""
    folder = given.resolve()
    return given if folder == given.absolute() else folder


def _named(made: Made, folder: Path, given: Path) -> Made:
    """Name the files by the folder that was given, if it is still the one they stand in."""
    with suppress(OSError):
        if given.samefile(folder):
            return replace(made, file=given / made.file.name, sidecar_file=given / made.sidecar_file.name)
    return made


def _published(order: Order, publication: Publication, dumped: _Dumped, digest: str, job: Job) -> Made:
    size = os.fstat(publication.fd).st_size
    sidecar = _sidecar(order, dumped, digest)
    file, beside = publication.publish(lambda name: replace(sidecar, filename=name).to_json(), job.step)
    return Made(file, beside, replace(sidecar, filename=file.name), dumped.facts.dump_bytes, size, dumped.notes)


def _written(order: Order, file: BinaryIO, job: Job) -> tuple[_Dumped, str]:
    dumped = _dump(order, file, job)
    job.step("sync")
    os.fsync(file.fileno())
    job.step("read back", dumped.facts.bytes)
    return dumped, prove(file, dumped.facts, job, proved=dumped.proved)


def _encrypted(order: Order, file: BinaryIO, job: Job) -> tuple[_Dumped, str]:
    """The header of an archive is written at last, which no cipher allows: staged in a file without a name."""
    with tempfile.TemporaryFile(dir=order.options.folder, buffering=0) as staged:
        dumped, digest = _written(order, staged, job)
        job.step("encrypt", dumped.facts.bytes)
        staged.seek(0)
        source, target = HashingFile(staged), HashingTarget(file)
        encrypt(source, target, order.recipients, job, dumped.facts.bytes)
        job.step("sync")
        os.fsync(file.fileno())
        job.step("read back", target.done)
        if source.hexdigest() != digest or checksum(file, job) != target.hexdigest():
            raise InvalidArchive(NOT_WRITTEN)
    return dumped, target.hexdigest()


def _dump(order: Order, file: BinaryIO, job: Job) -> _Dumped:
    job.step("dump")
    mtime = int(order.name.moment.timestamp())
    with (
        order.engine.dump(order.url, order.options, job) as dump,
        open_archive_writer(file.fileno(), compression=order.compression, mtime=mtime) as writer,
    ):
        done, proved = _copied(dump, writer, file.fileno(), job)
        row_counts, notes = dump.finish()
        _check_size(dump, done)
        return _Dumped(writer.close(), proved, row_counts, notes)


def _copied(dump: Dump, writer: ArchiveWriter | PlainWriter, fd: int, job: Job) -> tuple[int, Proved | None]:
    """Copy a dump; return its bytes, and how far the archive was decompressed meanwhile."""
    done = 0
    with ExitStack() as stack:
        follower = stack.enter_context(Follower(fd, writer)) if isinstance(writer, ArchiveWriter) else None
        while data := dump.read(CHUNK):
            writer.write(data)
            if follower is not None:
                follower.check()
            done += len(data)
            job.progress("dump", done, dump.size)
        return done, None if follower is None else follower.stop()


def _check_size(dump: Dump, done: int) -> None:
    if not done or dump.size not in (None, done):
        expected = "" if dump.size is None else f" of {dump.size}"
        raise IncompleteDump(f"The dump has {done} bytes{expected}: no backup was made")


def _sidecar(order: Order, dumped: _Dumped, digest: str) -> Sidecar:
    return Sidecar(
        database_name=order.name.name,
        db_engine=order.engine.name,
        timestamp=order.name.moment,
        filename=str(order.name),
        openviper_version=installed_version(),
        checksum=digest,
        dump_bytes=dumped.facts.dump_bytes,
        row_counts=dumped.row_counts,
        compression="gzip" if order.compression else None,
        encryption="age" if order.recipients else None,
        source=source_of(order.url, order.engine.name),
    )
