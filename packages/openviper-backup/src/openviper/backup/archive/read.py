"""Read the dump out of an archive, and refuse what is not one regular ``backup.sql`` to its very end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.backup.archive.compression import choose_decompression
from openviper.backup.archive.gunzip import REFUSAL, Gunzip
from openviper.backup.archive.tar import BLOCK, read_member
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup.archive.compression import Decompression
    from openviper.backup.archive.hashing import Source
    from openviper.backup.job import Job

__all__ = ["ArchiveReader", "read_archive"]

# Zeros that fill a tar file's last record: 10 KiB for most, and never this many.
_MAX_FILLING = 1 << 20


def read_archive(file: Source, job: Job, *, decompression: Decompression | None = None) -> ArchiveReader:
    """Read up to the dump's first byte; memory stays flat, however much the file would decompress to.

    Args:
        file: Read from where it stands, forwards, to its end.
        decompression: ``None``: the fastest that is installed.

    Raises:
        InvalidArchive: It is no archive, or holds something else.
        Interrupted: The job says so.
    """
    return ArchiveReader(Gunzip(file, job, decompression or choose_decompression()))


class ArchiveReader:
    """The dump in an archive.

    Attributes:
        size: Bytes of the dump, as its header says; more or less of them is refused.
    """

    def __init__(self, gunzip: Gunzip) -> None:
        self._gunzip = gunzip
        self.size = self._left = read_member(gunzip.read)
        self._ended = False

    def read(self, size: int) -> bytes:
        """Return the next bytes: ``size`` of them, fewer only at the end, none after it.

        The last ones are returned only when the file was read to its end and its checksum agreed.

        Raises:
            InvalidArchive: The file is torn or changed, or has more in it than the dump.
            Interrupted: The job says so.
        """
        wanted = min(size, self._left)
        data = self._gunzip.read(wanted)
        self._left -= len(data)
        if len(data) < wanted:
            raise InvalidArchive(f"{REFUSAL}: it has {self._left} bytes less than its header says")
        if not self._left and not self._ended:
            self._read_end()
        return data

    def _read_end(self) -> None:
        padding = -self.size % BLOCK
        if len(self._gunzip.read(padding)) < padding:
            raise InvalidArchive(f"{REFUSAL}: its end is missing")
        filling = self._gunzip.read(_MAX_FILLING)
        if filling[:BLOCK].strip(b"\x00"):
            raise InvalidArchive(f"{REFUSAL}: a second member follows it")
        if filling.strip(b"\x00") or len(filling) == _MAX_FILLING:
            raise InvalidArchive(f"{REFUSAL}: something follows its end")
        if len(filling) < 2 * BLOCK:
            raise InvalidArchive(f"{REFUSAL}: its end is missing")
        self._ended = True
