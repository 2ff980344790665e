"""Writing archives, and who can read them."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import tarfile
import zlib

import pytest
from archive_making import need, read_all, write_archive

from openviper.backup.archive import choose_compression, open_archive_writer
from openviper.backup.archive.write import _end_of_tar, _tar_header

LINES = b"".join(b"%d\t%x\tsome text\n" % (row, row * 2654435761 % 2**32) for row in range(120_000))
CONTENTS = {
    "one byte": b"x",
    "a tar block": b"y" * 512,
    "a block and a byte": b"y" * 513,
    "a chunk but one byte": LINES[: (1 << 19) - 1],
    "a chunk": LINES[: 1 << 19],
    "a chunk and a byte": LINES[: (1 << 19) + 1],
    "two chunks": LINES[: 1 << 20],
    "many chunks of text": LINES * 2,
    "what cannot be compressed": random.Random(1).randbytes(3_333_333),
    "every byte": bytes(range(256)) * 999,
}


@pytest.fixture(params=[False, True], ids=["zlib", "isal"])
def fast(request):
    return request.param


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_everybody_reads_it(tmp_path, content, fast):
    """GNU tar, bsdtar, gzip, pigz, and Python's tarfile by seeking and by streaming, read what was written."""
    need("pigz", "bsdtar")
    path = tmp_path / "a.tar.gz"
    facts = write_archive(path, content, fast=fast, mtime=1_700_000_000)
    assert (facts.dump_bytes, facts.bytes) == (len(content), path.stat().st_size)
    assert read_all(path.read_bytes(), fast=False) == read_all(path.read_bytes(), fast=True) == content
    for tool in ("gzip", "pigz"):
        subprocess.run([tool, "-t", path], check=True)
    for tar in ("tar", "bsdtar"):
        assert subprocess.run([tar, "-xOzf", path], check=True, capture_output=True).stdout == content
    for mode in ("r:gz", "r|gz"):
        with tarfile.open(path, mode) as file:
            info = file.next()
            assert (info.name, info.mode, info.mtime, info.isreg()) == ("backup.sql", 0o600, 1_700_000_000, True)
            assert file.extractfile(info).read() == content
            assert file.next() is None


@pytest.mark.parametrize("piece", [1, 7, 1000, (1 << 19) - 1, 1 << 19, (1 << 19) + 1, (1 << 20) + 1, 5 << 20])
def test_the_size_of_writes_does_not_matter(tmp_path, piece):
    """However the dump is handed over, the file is the same."""
    content = LINES[:5_000] if piece < 1000 else LINES
    write_archive(tmp_path / "a", content, piece=piece)
    write_archive(tmp_path / "b", content)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_it_compresses_as_gzip_does(tmp_path):
    """Chunks that are compressed apart cost less than a hundredth."""
    facts = write_archive(tmp_path / "a.tar.gz", LINES)
    alone = subprocess.run(["gzip", "-6"], input=LINES, capture_output=True, check=True).stdout
    assert facts.bytes < len(alone) * 1.01


@pytest.mark.parametrize("written", [0, 1, 1 << 19, 3 << 20])
def test_half_an_archive_is_none(tmp_path, written):
    """What was begun and never closed is refused by every reader: it is not an empty archive."""
    need("pigz", "bsdtar")
    path = tmp_path / "a.tar.gz"
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with open_archive_writer(fd, compression=choose_compression(), mtime=0) as writer:
        writer.write(LINES[:written])
    os.close(fd)
    for command in (["tar", "-tzf"], ["bsdtar", "-tzf"], ["gzip", "-t"], ["pigz", "-t"]):
        assert subprocess.run([*command, path], capture_output=True, check=False).returncode != 0
    for mode in ("r:gz", "r|gz"):
        with pytest.raises((tarfile.TarError, EOFError)), tarfile.open(path, mode) as file:
            file.getmembers()


def test_the_header_alone_makes_it_an_archive(tmp_path):
    """All but the header being there, tar refuses it still."""
    path = tmp_path / "a.tar.gz"
    write_archive(path, LINES)
    whole = path.read_bytes()
    path.write_bytes(whole[:15] + b"\xff" * 512 + whole[527:])
    assert subprocess.run(["tar", "-tzf", path], capture_output=True, check=False).returncode != 0
    with pytest.raises(tarfile.TarError), tarfile.open(path):
        pass


@pytest.mark.parametrize("size", [8**11 - 1, 8**11, 8**11 + 1, 123 << 40])
def test_sizes_above_8_gib(size):
    """A size that eleven octal digits do not hold is written in base-256, which tarfile reads."""
    header = _tar_header(size, 0)
    assert len(header) == 512
    assert tarfile.TarInfo.frombuf(header, "utf-8", "strict").size == size
    assert header[124] == (0x80 if size >= 8**11 else ord("7"))
    assert (512 + size + len(_end_of_tar(size))) % 10_240 == 0


def test_without_compression_it_is_the_dump(tmp_path):
    """A plain file is the dump, byte for byte."""
    path = tmp_path / "a.sql"
    with path.open("wb", 0) as file, open_archive_writer(file.fileno(), compression=None, mtime=0) as writer:
        writer.write(b"first ")
        writer.write(b"second")
        facts = writer.close()
    assert path.read_bytes() == b"first second"
    assert (facts.dump_bytes, facts.bytes) == (12, 12)


def test_a_disk_that_takes_no_more_is_said():
    """What the system says of a write is raised, and no thread is left behind."""
    fd = os.open("/dev/full", os.O_WRONLY)
    try:
        writer = open_archive_writer(fd, compression=choose_compression(), mtime=0)
        with pytest.raises(OSError, match="No space left"), writer:
            writer.write(LINES)
    finally:
        os.close(fd)


PEAK = """
import os, resource, sys
from openviper.backup._writing.proof import prove
from openviper.backup.archive import choose_compression, open_archive_writer, read_archive
from openviper.backup.job import Job

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

path, fast, megabytes = sys.argv[1], sys.argv[2] == "True", int(sys.argv[3])
piece = os.urandom(1 << 19) + bytes(1 << 19)
before = peak()
with open(path, "xb", 0) as file, open_archive_writer(
    file.fileno(), compression=choose_compression(fast=fast), mtime=0
) as writer:
    for _ in range(megabytes):
        writer.write(bytes(bytearray(piece)))
    facts = writer.close()
written = peak() - before
with open(path, "rb", 0) as file, Job() as job:
    prove(file, facts, job)
    file.seek(0)
    reader = read_archive(file, job)
    while reader.read(1 << 20):
        pass
print(written, peak() - before)
"""


def test_memory_stays_flat(tmp_path, fast):
    """Writing, reading back and reading 200 MB takes less than 32 MiB above what the imports take."""
    run = subprocess.run(
        [sys.executable, "-c", PEAK, tmp_path / "a", str(fast), "200"], capture_output=True, text=True, check=True
    )
    assert max(int(kib) for kib in run.stdout.split()) < 32 << 10


def test_the_gzip_trailer_counts_modulo_4_gib(tmp_path):
    """ISIZE is the length modulo 2**32 (RFC 1952), and the CRC is that of all that is decompressed."""
    path = tmp_path / "a.tar.gz"
    write_archive(path, LINES)
    data = path.read_bytes()
    plain = zlib.decompress(data, 31)
    assert struct.unpack("<II", data[-8:]) == (zlib.crc32(plain), len(plain) & 0xFFFFFFFF)
