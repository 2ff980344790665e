"""Archives for tests: written by the package, by hand for what it would never write, and by other programs."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
from pathlib import Path

from server_needs import skip

from openviper.backup.archive import choose_compression, choose_decompression, open_archive_writer, read_archive
from openviper.backup.job import Job

_PACKAGES = {"bsdtar": "libarchive-tools", "ssh-keygen": "openssh-client"}


def need(*programs: str) -> None:
    """Skip a test where one of these is not on PATH."""
    for program in programs:
        if shutil.which(program) is None:
            skip(f"{program} is not installed (apt-get install {_PACKAGES.get(program, program)})")


def write_archive(path: Path, content: bytes, *, fast: bool = False, piece: int = 1 << 20, mtime: int = 0):
    """Write an archive of ``content``, handed over ``piece`` bytes at a time; return its facts."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open_archive_writer(fd, compression=choose_compression(fast=fast), mtime=mtime) as writer:
            for start in range(0, len(content), piece):
                writer.write(content[start : start + piece])
            return writer.close()
    finally:
        os.close(fd)


def read_all(data: bytes, piece: int = 1 << 16, *, fast: bool | None = None) -> bytes:
    """Return the dump in the archive that ``data`` is, read ``piece`` bytes at a time; ``fast``: by ISA-L, or not."""
    with Job() as job:
        reader = read_archive(io.BytesIO(data), job, decompression=choose_decompression(fast=fast))
        pieces = []
        while read := reader.read(piece):
            pieces.append(read)
        assert sum(map(len, pieces)) == reader.size
        return b"".join(pieces)


def tar_of(*members: tuple[tarfile.TarInfo, bytes], format: int = tarfile.GNU_FORMAT) -> bytes:  # noqa: A002
    """A tar file, uncompressed, of members and their contents."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=format) as tar:
        for member, content in members:
            member.size = len(content) or member.size
            tar.addfile(member, io.BytesIO(content) if content else None)
    return file.getvalue()


def member(name: str = "backup.sql", **attributes) -> tarfile.TarInfo:
    """A tar header; ``attributes`` as :class:`tarfile.TarInfo` has them."""
    info = tarfile.TarInfo(name)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info


def packed(tar: bytes) -> bytes:
    """``tar``, compressed."""
    return gzip.compress(tar, 1, mtime=0)
