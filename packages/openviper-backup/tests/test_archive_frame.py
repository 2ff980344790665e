"""What stands around the chunks is held against what they become, and not against what the writer thought of them."""

from __future__ import annotations

import zlib

import pytest
from archive_making import member, read_all, tar_of, write_archive

from openviper.backup._writing.proof import prove
from openviper.backup.archive import write
from openviper.backup.archive.frame import check_frame
from openviper.backup.errors import InvalidArchive
from openviper.backup.job import Job

DUMP = b"INSERT INTO things VALUES (1);\n" * 1000


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, len(DUMP)])
def test_an_archive_has_the_frame_of_its_dump(tmp_path, size):
    """Whatever its size is."""
    layout = write_archive(tmp_path / "a", DUMP[:size]).layout
    check_frame(layout.head, layout.tail, size, zlib.crc32(DUMP[:size]))


@pytest.mark.parametrize(
    ("dump_bytes", "crc", "message"),
    [
        (len(DUMP) + 512, zlib.crc32(DUMP), "its header is not that of its dump"),
        (len(DUMP), zlib.crc32(DUMP) ^ 1, "its trailer is not that of its content"),
    ],
)
def test_the_frame_of_another_dump_is_refused(tmp_path, dump_bytes, crc, message):
    """Of another size, or another content."""
    layout = write_archive(tmp_path / "a", DUMP).layout
    with pytest.raises(InvalidArchive, match=message):
        check_frame(layout.head, layout.tail, dump_bytes, crc)


def test_each_bit_of_it_counts(tmp_path):
    """But for those that change nothing for any reader: gzip's time and system, and what fills up a byte."""
    layout = write_archive(tmp_path / "a", DUMP).layout
    whole = (tmp_path / "a").read_bytes()
    chunks = whole[len(layout.head) : -len(layout.tail)]
    refused = 0
    for part in ("head", "tail"):
        good = getattr(layout, part)
        for at in range(len(good) * 8):
            data = bytearray(good)
            data[at // 8] ^= 1 << at % 8
            frame = {"head": layout.head, "tail": layout.tail, part: bytes(data)}
            try:
                check_frame(frame["head"], frame["tail"], len(DUMP), zlib.crc32(DUMP))
            except InvalidArchive:
                refused += 1
                continue
            assert read_all(frame["head"] + chunks + frame["tail"]) == DUMP
    # All of the tar header, at least.
    assert refused > 512 * 8


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("combine", lambda real: lambda first, second, length: real(first, second, length) ^ 1, "its trailer is not"),
        ("_tar_header", lambda real: lambda size, mtime: real(size + 512, mtime), "its header is not"),
        ("_end_of_tar", lambda real: lambda size: real(size)[:512], "its end is not"),
        ("_end_of_tar", lambda real: lambda size: real(size)[:-1] + b"x", "its end is not"),
    ],
)
def test_a_writer_that_is_wrong_is_not_believed(tmp_path, monkeypatch, name, wrong, message):
    """What it says of itself is on the disk as it was written, and no archive all the same."""
    monkeypatch.setattr(write, name, wrong(getattr(write, name)))
    file = tmp_path / "a.tar.gz"
    facts = write_archive(file, DUMP * 50)
    with pytest.raises(InvalidArchive, match=message), Job() as job, file.open("rb", 0) as opened:
        prove(opened, facts, job)


def test_nothing_stands_before_the_trailer(tmp_path):
    """Nor behind it, nor is it short."""
    layout = write_archive(tmp_path / "a", DUMP).layout
    deflated, trailer = layout.tail[:-8], layout.tail[-8:]
    for tail in (deflated + b"x" + trailer, layout.tail + b"x", layout.tail[:-1], deflated[:-1] + trailer, b""):
        with pytest.raises(InvalidArchive):
            check_frame(layout.head, tail, len(DUMP), zlib.crc32(DUMP))


def test_another_member_is_refused(tmp_path):
    """Only one of the name that is looked for."""
    layout = write_archive(tmp_path / "a", DUMP).layout
    header = tar_of((member("other.sql"), DUMP))[:512]
    with pytest.raises(InvalidArchive, match=r"other\.sql"):
        check_frame(layout.head[:15] + header, layout.tail, len(DUMP), zlib.crc32(DUMP))
