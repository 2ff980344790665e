"""Write an archive from a stream of unknown length, in flat memory, with up to four threads that compress.

A tar header stands before its member and has the member's size. So the file begins with a gzip header and a *stored*
deflate block (RFC 1951, section 3.2.4), which holds the tar header as it is, and can be written over when the size is
known. Until then it is full of 0xFF, which is no tar header for any reader; zeros would be an empty, valid archive.

The dump follows in chunks that are compressed apart from each other and flushed to a byte's end, so that together they
are one deflate stream. None has the end of the one before as its dictionary: that would save 0.5 % of an SQL dump, and
forbid to read what was written by several threads. All is one gzip member: readers of streams such as Python's
``tarfile`` (``r|gz``) fail at a second one.
"""

from __future__ import annotations

import os
import struct
import tarfile
import zlib
from array import array
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import TracebackType

from openviper.backup._durable import write_all
from openviper.backup._scheduling import let_others_wake
from openviper.backup.archive.chunks import CHUNK, WORKERS, Layout, keep_freed_memory
from openviper.backup.archive.compression import RAW, Compression
from openviper.backup.archive.crc import combine
from openviper.backup.archive.tar import BLOCK, MEMBER

__all__ = ["ArchiveFacts", "ArchiveWriter", "PlainWriter", "open_archive_writer", "tar_size"]

# RFC 1952, section 2.3: deflate, no flags, no time, made on Unix; then a stored block that is not the last one.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
_STORED = b"\x00" + struct.pack("<HH", BLOCK, BLOCK ^ 0xFFFF)
_TAR_HEADER_AT = len(_GZIP_HEADER) + len(_STORED)


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """What was written.

    Attributes:
        dump_bytes: Of the dump.
        bytes: Of the file.
        crc: The CRC-32 of the dump.
        layout: Of an archive; ``None`` of a plain dump.
    """

    dump_bytes: int
    bytes: int
    crc: int
    layout: Layout | None = None


def open_archive_writer(fd: int, *, compression: Compression | None, mtime: int) -> ArchiveWriter | PlainWriter:
    """Begin an archive in an empty file, open for writing; it remains the caller's to close.

    Args:
        compression: ``None``: no archive, but the dump as it is.
        mtime: Of the member, in seconds since 1970.
    """
    return PlainWriter(fd) if compression is None else ArchiveWriter(fd, compression, mtime)


class PlainWriter:
    """The dump as it is."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._written = self._crc = 0

    def __enter__(self) -> PlainWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing: what is written is written."""

    def write(self, data: bytes) -> None:
        """Take the next bytes of the dump."""
        _write(self._fd, data)
        self._written += len(data)
        self._crc = zlib.crc32(data, self._crc)

    def close(self) -> ArchiveFacts:
        """End it."""
        return ArchiveFacts(self._written, self._written, self._crc)


class ArchiveWriter:
    """An archive that is being written; left before :meth:`close`, it cannot be read.

    Attributes:
        head_bytes: What stands before the chunks.
        chunks: The bytes of each that was written.
    """

    head_bytes = _TAR_HEADER_AT + BLOCK

    def __init__(self, fd: int, compression: Compression, mtime: int) -> None:
        self._fd = fd
        self._compression = compression
        self._mtime = mtime
        self.chunks = array("I")
        keep_freed_memory()
        self._pool = ThreadPoolExecutor(WORKERS, "openviper-backup-deflate", let_others_wake)
        self._running: deque[Future[bytes]] = deque()
        self._pending = bytearray()
        self._size = self._crc = self._written = 0

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def write(self, data: bytes) -> None:
        """Take the next bytes of the dump, best :data:`CHUNK` at a time.

        Raises:
            OSError: The disk does not take them.
        """
        if not self._written:
            self._put(_GZIP_HEADER + _STORED + b"\xff" * BLOCK)
        self._size += len(data)
        self._crc = self._compression.crc(data, self._crc)
        rest = memoryview(data)
        while len(self._pending) + len(rest) >= CHUNK:
            missing = CHUNK - len(self._pending)
            self._submit(bytes(self._pending) + rest[:missing] if self._pending else rest[:missing])
            self._pending.clear()
            rest = rest[missing:]
        self._pending += rest

    def close(self) -> ArchiveFacts:
        """Write what is left, and then the header that makes it an archive.

        Raises:
            OSError: The disk does not take them.
        """
        self.write(b"")
        if self._pending:
            self._submit(bytes(self._pending))
        self._drain(0)
        end = _end_of_tar(self._size)
        header = _tar_header(self._size, self._mtime)
        crc = combine(zlib.crc32(header), self._crc, self._size)
        crc = combine(crc, zlib.crc32(end), len(end))
        last = zlib.compressobj(9, zlib.DEFLATED, RAW)
        tail = last.compress(end) + last.flush() + struct.pack("<II", crc, tar_size(self._size) & 0xFFFFFFFF)
        self._put(tail)
        _write_at(self._fd, header, _TAR_HEADER_AT)
        layout = Layout(_GZIP_HEADER + _STORED + header, self.chunks, tail)
        return ArchiveFacts(self._size, self._written, self._crc, layout)

    def _submit(self, chunk: bytes | memoryview) -> None:
        self._running.append(self._pool.submit(self._compression.deflate, chunk))
        self._drain(WORKERS + 1)

    def _drain(self, limit: int) -> None:
        while len(self._running) > limit:
            compressed = self._running.popleft().result()
            self._put(compressed)
            self.chunks.append(len(compressed))

    def _put(self, data: bytes) -> None:
        _write(self._fd, data)
        self._written += len(data)


def _write(fd: int, data: bytes) -> None:
    write_all(partial(os.write, fd), data)


def _write_at(fd: int, data: bytes, offset: int) -> None:
    done = 0
    while done < len(data):
        done += os.pwrite(fd, data[done:], offset + done)


def tar_size(size: int) -> int:
    """Bytes of a tar file with a member of so many: all of it fills whole records, with two blocks of zeros or more."""
    length = BLOCK + size + -size % BLOCK + 2 * BLOCK
    return length + -length % tarfile.RECORDSIZE


def _tar_header(size: int, mtime: int) -> bytes:
    """One block, whatever the size: above 8 GiB the number is base-256, as GNU tar writes it."""
    member = tarfile.TarInfo(MEMBER)
    member.size, member.mtime, member.mode = size, mtime, 0o600
    return member.tobuf(tarfile.GNU_FORMAT)


def _end_of_tar(size: int) -> bytes:
    """Zeros after a member of so many bytes, to the end of the tar file."""
    return bytes(tar_size(size) - BLOCK - size)
