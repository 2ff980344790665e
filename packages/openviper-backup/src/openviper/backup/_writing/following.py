"""Decompress an archive while more of it is being written, with the time that the processor has left.

A dump waits: for its server, for a pipe, for the disk. What is decompressed meanwhile need not be at the end, when all
of the file is read from the disk: its CRC tells that it is the same.
"""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from openviper.backup._scheduling import run_when_idle
from openviper.backup._writing.proof import NOT_WRITTEN
from openviper.backup.archive import Proved, choose_decompression
from openviper.backup.archive.chunks import decompress_chunk, take
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from types import TracebackType

    from openviper.backup.archive import ArchiveWriter

__all__ = ["Follower"]

# Seconds between two looks at how many chunks there are.
_PAUSE = 0.05


class Follower:
    """Decompresses the chunks that were written, on a thread of its own; left, that has ended.

    Args:
        fd: Of the file that ``writer`` writes, open for reading too; its position is not used.
    """

    def __init__(self, fd: int, writer: ArchiveWriter) -> None:
        self._chunks = writer.chunks
        self._source = _From(fd, writer.head_bytes)
        self._proved = Proved()
        self._decompression = choose_decompression()
        self._error: BaseException | None = None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="openviper-backup-follow")

    def __enter__(self) -> Follower:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def check(self) -> None:
        """Say what it has found.

        Raises:
            InvalidArchive: A chunk cannot be decompressed.
            OSError: It cannot be read.
        """
        if isinstance(self._error, InvalidArchive):
            raise InvalidArchive(f"{NOT_WRITTEN}: {self._error}") from self._error
        if self._error is not None:
            raise self._error

    def stop(self) -> Proved:
        """End it, and return how far it has come.

        Raises:
            InvalidArchive, OSError: As :meth:`check`.
        """
        self._is_over.set()
        self._thread.join()
        self.check()
        return self._proved

    def _run(self) -> None:
        run_when_idle()
        try:
            while not self._is_over.wait(_PAUSE):
                self._follow(len(self._chunks))
        except BaseException as error:
            self._error = error

    def _follow(self, written: int) -> None:
        for length in self._chunks[self._proved.chunks : written]:
            if self._is_over.is_set():
                return
            chunk = take(self._source, length)
            file_crc = self._decompression.crc(chunk, self._proved.file_crc)
            self._proved = replace(self._proved.add(*decompress_chunk(chunk, self._decompression)), file_crc=file_crc)


class _From:
    """The bytes of a file from somewhere on, whatever its position is."""

    def __init__(self, fd: int, at: int) -> None:
        self._fd = fd
        self._at = at

    def read(self, size: int) -> bytes:
        data = os.pread(self._fd, size, self._at)
        self._at += len(data)
        return data
