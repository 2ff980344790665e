"""A backup is read back from the disk, and one that is not what was written is none."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import replace

import pytest
from archive_making import write_archive

from openviper.backup._writing.proof import checksum, prove
from openviper.backup.archive import ArchiveFacts
from openviper.backup.errors import Interrupted, InvalidArchive
from openviper.backup.job import Job

DUMP = b"".join(b"INSERT INTO things VALUES (%d);\n" % row for row in range(40_000))
OTHER = DUMP.replace(b"(7)", b"(8)")


def proved(path, facts):
    with Job() as job, path.open("rb", 0) as file:
        return prove(file, facts, job)


def test_what_was_written_is_proved(tmp_path):
    """The SHA-256 is that of the file, of an archive and of a plain dump."""
    facts = write_archive(tmp_path / "a.tar.gz", DUMP)
    assert proved(tmp_path / "a.tar.gz", facts) == hashlib.sha256((tmp_path / "a.tar.gz").read_bytes()).hexdigest()
    (tmp_path / "a.sql").write_bytes(DUMP)
    plain = ArchiveFacts(len(DUMP), len(DUMP), zlib.crc32(DUMP))
    assert proved(tmp_path / "a.sql", plain) == hashlib.sha256(DUMP).hexdigest()


@pytest.mark.parametrize("compressed", [True, False])
def test_another_dump_of_the_same_length_is_refused(tmp_path, compressed):
    """A whole file with a true checksum of its own is not the one that was written."""
    file = tmp_path / "a"
    if compressed:
        facts = write_archive(file, DUMP)
        file.unlink()
        other = write_archive(file, OTHER)
        # All but the dump's own checksum is that of the other one.
        facts = replace(other, crc=facts.crc)
    else:
        facts = ArchiveFacts(len(DUMP), len(DUMP), zlib.crc32(DUMP))
        file.write_bytes(OTHER)
    with pytest.raises(InvalidArchive, match="What was written is not what the disk gives back"):
        proved(file, facts)


@pytest.mark.parametrize("at", [0, 300, 5_000, -9, -1])
def test_one_bit_is_enough(tmp_path, at):
    """Wherever a disk gives back another bit, in the header, the data or the trailer, the backup is refused."""
    file = tmp_path / "a.tar.gz"
    facts = write_archive(file, DUMP)
    data = bytearray(file.read_bytes())
    data[at] ^= 4
    file.write_bytes(data)
    with pytest.raises(InvalidArchive, match="What was written is not what the disk gives back"):
        proved(file, facts)


def test_a_file_that_lost_its_end_is_refused(tmp_path):
    """Torn, or with something behind its end."""
    file = tmp_path / "a.tar.gz"
    facts = write_archive(file, DUMP)
    whole = file.read_bytes()
    for data in (whole[:-1], whole[:20], b"", whole + b"\x00" * 512):
        file.write_bytes(data)
        with pytest.raises(InvalidArchive, match="What was written is not what the disk gives back"):
            proved(file, facts)


def test_a_checksum_can_be_interrupted(tmp_path):
    """Both look at their job."""
    file = tmp_path / "a.tar.gz"
    facts = write_archive(file, DUMP)
    with Job() as job, file.open("rb", 0) as opened:
        assert checksum(opened, job) == hashlib.sha256(file.read_bytes()).hexdigest()
        job.cancel()
        with pytest.raises(Interrupted):
            checksum(opened, job)
        with pytest.raises(Interrupted):
            prove(opened, facts, job)
