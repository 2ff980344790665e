"""Reading archives: everything that is not one regular, whole ``backup.sql`` is refused."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import tarfile
import zlib

import pytest
from archive_making import member, need, packed, read_all, tar_of, write_archive

from openviper.backup.archive import read_archive
from openviper.backup.errors import Interrupted, InvalidArchive
from openviper.backup.job import Job

DUMP = b"".join(b"INSERT INTO things VALUES (%d);\n" % row for row in range(50))
REFUSAL = "No 'backup.sql' member found in archive"


@pytest.fixture
def archive(tmp_path) -> bytes:
    """A small archive as the package writes it."""
    write_archive(tmp_path / "a.tar.gz", DUMP)
    return (tmp_path / "a.tar.gz").read_bytes()


@pytest.fixture(params=[False, True], ids=["zlib", "isal"])
def fast(request) -> bool:
    """With which decompressor."""
    return request.param


@pytest.mark.parametrize("piece", [1, 511, 512, 513, len(DUMP) - 1, len(DUMP), len(DUMP) + 1, 1 << 20])
def test_pieces_have_the_size_that_was_asked_for(archive, piece):
    """All pieces but the last have it, and behind the last one comes nothing, however often one asks."""
    with Job() as job:
        reader = read_archive(io.BytesIO(archive), job)
        assert reader.size == len(DUMP)
        pieces = [reader.read(piece) for _ in range(-(-len(DUMP) // piece))]
        assert b"".join(pieces) == DUMP
        assert [len(each) for each in pieces[:-1]] == [piece] * (len(pieces) - 1)
        assert reader.read(piece) == reader.read(piece) == b""


@pytest.mark.parametrize(
    "command",
    [
        ["tar", "-czf", "-", "backup.sql"],
        ["tar", "-czf", "-", "./backup.sql"],
        ["tar", "--format=ustar", "-czf", "-", "backup.sql"],
        ["tar", "--format=pax", "-czf", "-", "backup.sql"],
        ["tar", "--format=v7", "-czf", "-", "backup.sql"],
        ["tar", "--format=oldgnu", "-b", "2", "-czf", "-", "backup.sql"],
        ["tar", "--format=pax", "--pax-option=exthdr.name=" + "long/" * 40 + "x", "-czf", "-", "backup.sql"],
        ["bsdtar", "-czf", "-", "backup.sql"],
        ["bsdtar", "--format=ustar", "-czf", "-", "backup.sql"],
        ["sh", "-c", "tar -cf - backup.sql | pigz -b 128"],
        ["sh", "-c", "tar -cf plain.tar backup.sql && gzip -9 -c plain.tar"],
    ],
)
def test_what_other_programs_write(tmp_path, command):
    """A dump that somebody packed again with GNU tar or bsdtar is read, in every format of theirs."""
    need("pigz", "bsdtar")
    (tmp_path / "backup.sql").write_bytes(DUMP)
    written = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout
    assert read_all(written) == DUMP


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_tarfile_writes(kind):
    """So is what Python's tarfile writes, with extended headers too."""
    info = member(uname="ä" if kind == tarfile.PAX_FORMAT else "a", mtime=1.5)
    assert read_all(packed(tar_of((info, DUMP), format=kind))) == DUMP


def test_several_gzip_members():
    """Gzip files put together are one, wherever they were cut (RFC 1952, section 2.2)."""
    tar = tar_of((member(), DUMP))
    for cut in (0, 1, 511, 512, 700, len(tar) - 1, len(tar)):
        assert read_all(gzip.compress(tar[:cut]) + gzip.compress(b"") + gzip.compress(tar[cut:])) == DUMP


@pytest.mark.parametrize("flags", [0x01, 0x02, 0x04, 0x08, 0x10, 0x1F])
def test_gzip_headers_with_everything(flags):
    """Text mark, header CRC, extra field, file name and comment are read over."""
    header = b"\x1f\x8b\x08" + bytes([flags]) + b"\x01\x02\x03\x04\x00\x03"
    header += b"\x03\x00abc" if flags & 4 else b""
    header += b"name.tar\x00" if flags & 8 else b""
    header += b"a comment\x00" if flags & 16 else b""
    header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little") if flags & 2 else b""
    assert read_all(header + packed(tar_of((member(), DUMP)))[10:]) == DUMP


@pytest.mark.parametrize("zeros", [1, 511, 1 << 16, 1 << 18, 1 << 20])
def test_zeros_behind(archive, zeros):
    """Zeros behind the compressed data are read over, as gzip does: bsdtar and tapes fill records up with them."""
    assert read_all(archive + bytes(zeros)) == DUMP


def test_a_size_in_base_256():
    """GNU tar's numbers for what octal digits do not hold are read."""
    tar = bytearray(tar_of((member(), DUMP)))
    tar[124:136] = b"\x80" + len(DUMP).to_bytes(11, "big")
    tar[148:156] = b"%06o\0 " % (sum(tar[:148]) + 256 + sum(tar[156:512]))
    assert read_all(packed(bytes(tar))) == DUMP


LINK = member(type=tarfile.SYMTYPE, linkname="/etc/passwd")
SPARSE = member(pax_headers={"GNU.sparse.major": "1", "GNU.sparse.minor": "0"})

REFUSED = {
    "nothing": (b"", "torn"),
    "no gzip": (b"PK\x03\x04" + bytes(600), "not gzip"),
    "zeros": (bytes(2000), "not gzip"),
    "an empty gzip file": (gzip.compress(b""), "ends before its first member"),
    "no tar": (gzip.compress(b"-- a dump\n" * 1000), "tar"),
    "an empty tar file": (packed(tar_of()), "it is empty"),
    "a symbolic link": (packed(tar_of((LINK, b""))), "is a symbolic link"),
    "a hard link": (packed(tar_of((member(type=tarfile.LNKTYPE, linkname="backup.sql"), b""))), "is a hard link"),
    "a FIFO": (packed(tar_of((member(type=tarfile.FIFOTYPE), b""))), "is a FIFO"),
    "a device": (packed(tar_of((member(type=tarfile.CHRTYPE, devmajor=1, devminor=3), b""))), "is a character device"),
    "a folder": (packed(tar_of((member(type=tarfile.DIRTYPE), b""))), "is a folder"),
    "a sparse file of GNU tar": (packed(tar_of((member(type=tarfile.GNUTYPE_SPARSE), b""))), "is a sparse file"),
    "a sparse file of pax": (packed(tar_of((SPARSE, DUMP), format=tarfile.PAX_FORMAT)), "sparse file"),
    "a folder above": (packed(tar_of((member("../backup.sql"), DUMP))), "first member is '../backup.sql'"),
    "above, in the middle": (packed(tar_of((member("a/../backup.sql"), DUMP))), "first member is"),
    "an absolute name": (packed(tar_of((member("/backup.sql"), DUMP))), "first member is '/backup.sql'"),
    "another name": (packed(tar_of((member("dump.sql"), DUMP))), "first member is 'dump.sql'"),
    "a name with a newline": (packed(tar_of((member("a\nb"), DUMP))), r"'a\\nb'"),
    "a long name of GNU tar": (packed(tar_of((member("b" * 300), DUMP))), "first member is 'bbb"),
    "a long name of pax": (packed(tar_of((member("b" * 300), DUMP), format=tarfile.PAX_FORMAT)), "first member is"),
    "a name beside the header's": (
        packed(tar_of((member(pax_headers={"path": "/etc/passwd"}), DUMP), format=tarfile.PAX_FORMAT)),
        "first member is '/etc/passwd'",
    ),
    "a name with a NUL": (
        packed(tar_of((member(pax_headers={"path": "backup.sql\x00x"}), DUMP), format=tarfile.PAX_FORMAT)),
        "first member is",
    ),
    "a second member": (packed(tar_of((member(), DUMP), (member(), b"other"))), "a second member"),
    "a second, empty member": (packed(tar_of((member(), DUMP), (member("b"), b""))), "a second member"),
    "a link behind it": (packed(tar_of((member(), DUMP), (LINK, b""))), "a second member"),
    "a second tar file": (packed(tar_of((member(), DUMP)) * 2), "something follows its end"),
    "a second tar file in a second gzip member": (packed(tar_of((member(), DUMP))) * 2, "something follows its end"),
    "garbage behind": (packed(tar_of((member(), DUMP))) + b"garbage behind", "not gzip"),
    "zeros and garbage behind": (packed(tar_of((member(), DUMP))) + bytes(600) + b"garbage behind", "not gzip"),
    "zeros and another gzip member behind": (
        packed(tar_of((member(), DUMP))[:2048]) + bytes(1 << 18) + packed(tar_of((member(), DUMP))[2048:]),
        "not gzip",
    ),
    "no end of the tar file": (packed(tar_of((member(), DUMP))[: 512 + 2048 + 512]), "its end is missing"),
    "half a dump": (packed(tar_of((member(), DUMP))[:1024]), "less than its header says"),
    "a gzip flag of the future": (b"\x1f\x8b\x08\x20" + packed(tar_of((member(), DUMP)))[4:], "not gzip"),
    "another method": (b"\x1f\x8b\x07" + packed(tar_of((member(), DUMP)))[3:], "not gzip"),
    "an endless name": (b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 9000, "a name of more than"),
    "a sum of its own": (packed(b"backup.sql" + tar_of((member(), DUMP))[9:]), "tar"),
    "a bad record": (
        packed(tar_of((member(type=b"x"), b"99 path=backup.sql\n"), (member(), DUMP))),
        "extended header cannot be read",
    ),
    "an endless extended header": (
        packed(tar_of((member(type=b"x"), bytes(1 << 20)), (member(), DUMP))),
        "an extended header of 1048576 bytes",
    ),
    "many extended headers": (
        packed(tar_of(*[(member(type=b"g"), b"6 a=b\n")] * 9, (member(), DUMP))),
        "more than 4 extended headers",
    ),
    "a size that is none": (
        packed(tar_of((member(type=b"x"), b"10 size=-1\n"), (member(), DUMP))),
        "cannot be read|no number",
    ),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(data, reason, fast):
    """Whatever else it is, it is refused with the documented words and a reason, on one line."""
    with pytest.raises(InvalidArchive, match=f"^{re.escape(REFUSAL)}: .*(?:{reason})") as raised:
        read_all(data, fast=fast)
    assert "\n" not in str(raised.value)


def test_each_length_is_refused(archive, fast):
    """An archive that was cut off anywhere is refused."""
    for length in range(len(archive)):
        with pytest.raises(InvalidArchive, match=REFUSAL):
            read_all(archive[:length], fast=fast)


@pytest.mark.parametrize("written_fast", [False, True])
def test_each_flipped_bit(tmp_path, written_fast, fast):
    """With any one bit changed, an archive is refused, or its dump is the same byte for byte."""
    write_archive(tmp_path / "a", DUMP, fast=written_fast)
    data = bytearray((tmp_path / "a").read_bytes())
    harmless = []
    for bit in range(len(data) * 8):
        data[bit // 8] ^= 1 << bit % 8
        try:
            assert read_all(bytes(data), fast=fast) == DUMP
            harmless.append(bit // 8)
        except InvalidArchive:
            pass
        data[bit // 8] ^= 1 << bit % 8
    # The time, the flags and the system in the gzip header; the unused bits before the stored block's length; and
    # what fills up the bytes before flushes.
    assert {byte for byte in harmless if byte < 527} == {3, 4, 5, 6, 7, 8, 9, 10}
    assert len(harmless) < 120


@pytest.mark.parametrize("filling", [b"", b"\n" * 5_000, bytes(range(256)) * 30])
def test_pieces_that_end_with_the_file(tmp_path, filling, fast):
    """However much the decompressor holds back when the file is at its end, all of it is read."""
    content = DUMP + filling
    write_archive(tmp_path / "a", content)
    data = (tmp_path / "a").read_bytes()
    repacked = packed(tar_of((member(), content)))
    for piece in range(1, 600, 7):
        assert read_all(data, piece, fast=fast) == read_all(repacked, piece, fast=fast) == content


def test_a_bomb_stays_small():
    """A stream that never ends behind the dump, or in it, is refused in flat memory."""
    zeros = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = zeros.compress(tar_of((member(), DUMP)))
    bomb += b"".join(zeros.compress(bytes(1 << 20)) for _ in range(200)) + zeros.flush()
    with pytest.raises(InvalidArchive, match="something follows its end"):
        read_all(bomb)


def test_the_size_is_known_before_the_content(tmp_path):
    """A bomb says how large it is before any of it is decompressed."""
    header = member(size=1 << 50).tobuf(tarfile.GNU_FORMAT)
    with Job() as job:
        assert read_archive(io.BytesIO(packed(header)), job).size == 1 << 50


def test_it_is_interrupted(archive):
    """A cancelled job ends the reading."""
    with Job() as job:
        job.cancel("stopped")
        with pytest.raises(Interrupted, match="stopped"):
            read_archive(io.BytesIO(archive), job)
