"""The archive ``backup.sql`` lies in: a gzip-compressed tar file with that one member.

It is written as the dump flows, in flat memory and by several threads, and half of it is not an archive for any reader.
It is read with more suspicion than tar readers have: to the very end, and with nothing in it but that regular member.
"""

from __future__ import annotations

from openviper.backup.archive.ahead import ReadAhead
from openviper.backup.archive.chunks import CHUNK, Layout, Proved, decompress_chunks
from openviper.backup.archive.compression import Compression, Decompression, choose_compression, choose_decompression
from openviper.backup.archive.ending import has_end
from openviper.backup.archive.hashing import HashingFile, HashingTarget, Source, Target
from openviper.backup.archive.read import ArchiveReader, read_archive
from openviper.backup.archive.write import ArchiveFacts, ArchiveWriter, PlainWriter, open_archive_writer

__all__ = [
    "CHUNK",
    "ArchiveFacts",
    "ArchiveReader",
    "ArchiveWriter",
    "Compression",
    "Decompression",
    "HashingFile",
    "HashingTarget",
    "Layout",
    "PlainWriter",
    "Proved",
    "ReadAhead",
    "Source",
    "Target",
    "choose_compression",
    "choose_decompression",
    "decompress_chunks",
    "has_end",
    "open_archive_writer",
    "read_archive",
]
