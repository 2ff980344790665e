"""Decompress gzip (RFC 1952), in bounded pieces, and believe none of it before its CRC.

Every member's CRC and length are compared, and after the last one nothing may stand but zeros.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from openviper.backup.archive.compression import clear_vector_registers
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup.archive.compression import Decompression
    from openviper.backup.archive.hashing import Source
    from openviper.backup.job import Job

__all__ = ["REFUSAL", "Gunzip"]

#: What every refusal of an archive begins with.
REFUSAL = "No 'backup.sql' member found in archive"

_NOT_GZIP = "it is not gzip from its first byte to its last"
_READ = 1 << 16
# A file name and a comment may stand in the header: bytes of each.
_TEXT_LIMIT = 4096
_DEFLATE = 8
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT, _RESERVED = 0x02, 0x04, 0x08, 0x10, 0xE0


class Gunzip:
    """The bytes in a gzip file.

    Args:
        file: Read from where it stands to its end.
        job: Looked at before each 64 KiB.
        decompression: Whose decompressor.
    """

    def __init__(self, file: Source, job: Job, decompression: Decompression) -> None:
        self._file = file
        self._job = job
        self._decompression = decompression
        self._input = b""
        self._ended = self._is_full = False
        self._crc = self._size = 0
        self._begin()

    def read(self, size: int) -> bytes:
        """Return the next bytes: ``size`` of them, fewer only at the end, none after it.

        Raises:
            InvalidArchive: The file is torn or changed.
            Interrupted: The job says so.
        """
        pieces: list[bytes] = []
        while size and not self._ended:
            piece = self._piece(size)
            size -= len(piece)
            if piece:
                pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _piece(self, limit: int) -> bytes:
        # Where a piece was full, more of it may be waiting in the decompressor, all of the file included.
        if not self._input and not self._is_full:
            self._fill()
        try:
            piece = self._stream.decompress(self._input, limit)
        except self._decompression.error as error:
            raise InvalidArchive(f"{REFUSAL}: its compressed data is damaged") from error
        self._is_full = len(piece) == limit
        self._crc = self._decompression.crc(piece, self._crc)
        clear_vector_registers()
        self._size += len(piece)
        self._input = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
        if self._stream.eof:
            self._end()
        return piece

    def _end(self) -> None:
        if struct.unpack("<II", self._take(8)) != (self._crc, self._size & 0xFFFFFFFF):
            raise InvalidArchive(f"{REFUSAL}: its content does not match its CRC-32")
        self._ended = self._only_zeros_follow()
        if not self._ended:
            self._begin()

    def _only_zeros_follow(self) -> bool:
        """Read over zeros up to the end: bsdtar fills its last record up, and gzip takes them for nothing too."""
        if (self._input or self._more()) and self._input[0]:
            return False
        while self._input or self._more():
            if self._input.strip(b"\x00"):
                raise InvalidArchive(f"{REFUSAL}: {_NOT_GZIP}")
            self._input = b""
        return True

    def _begin(self) -> None:
        """Read the header of a member."""
        self._stream = self._decompression.begin()
        self._crc = self._size = 0
        self._is_full = False
        header = self._take(10)
        magic, method, flags = header[:2], header[2], header[3]
        if magic != b"\x1f\x8b" or method != _DEFLATE or flags & _RESERVED:
            raise InvalidArchive(f"{REFUSAL}: {_NOT_GZIP}")
        if flags & _FEXTRA:
            length = self._take(2)
            header += length + self._take(int.from_bytes(length, "little"))
        for flag in (_FNAME, _FCOMMENT):
            if flags & flag:
                header += self._take_text()
        if flags & _FHCRC and int.from_bytes(self._take(2), "little") != zlib.crc32(header) & 0xFFFF:
            raise InvalidArchive(f"{REFUSAL}: its gzip header does not match its CRC")

    def _take_text(self) -> bytes:
        text = bytearray()
        while not text.endswith(b"\x00"):
            text += self._take(1)
            if len(text) > _TEXT_LIMIT:
                raise InvalidArchive(f"{REFUSAL}: a name of more than {_TEXT_LIMIT} bytes in its gzip header")
        return bytes(text)

    def _take(self, size: int) -> bytes:
        while len(self._input) < size:
            self._fill()
        taken, self._input = self._input[:size], self._input[size:]
        return taken

    def _fill(self) -> None:
        if not self._more():
            raise InvalidArchive(f"{REFUSAL}: it is torn, its end is missing")

    def _more(self) -> bool:
        self._job.check()
        data = self._file.read(_READ)
        self._input += data
        return bool(data)
