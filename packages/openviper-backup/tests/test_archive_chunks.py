"""What was written in chunks is read back in chunks, and only what one stream of them says is believed."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from array import array
from dataclasses import replace

import pytest
from archive_making import member, read_all, write_archive

from openviper.backup.archive import CHUNK, Layout, choose_decompression, decompress_chunks
from openviper.backup.errors import InvalidArchive

DUMP = b"".join(b"INSERT INTO things VALUES (%d, 'some text');\n" % row for row in range(60_000))


def read(data, layout, *, fast=False):
    """Return the size and the CRC-32 of the dump in ``data``."""
    proved = [*decompress_chunks(io.BytesIO(data), layout, choose_decompression(fast=fast))][-1]
    return proved.dump_bytes, proved.crc


def raw(content, flush):
    stream = zlib.compressobj(6, zlib.DEFLATED, -15)
    return stream.compress(content) + stream.flush(flush)


def layout_of(*chunks, dump=b""):
    """The layout of an archive of these chunks, which become ``dump``, and the archive."""
    head, tail = frame_of(dump)
    return Layout(head, array("I", map(len, chunks)), tail), head + b"".join(chunks) + tail


def frame_of(dump):
    """What stands around the chunks of a dump."""
    header = member(size=len(dump)).tobuf(tarfile.GNU_FORMAT)
    end = bytes(-len(dump) % 512 + 1024)
    trailer = struct.pack("<II", zlib.crc32(header + dump + end), 512 + len(dump) + len(end))
    gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    return gzip + raw(header, zlib.Z_SYNC_FLUSH), raw(end, zlib.Z_FINISH) + trailer


@pytest.mark.parametrize("written_fast", [False, True])
@pytest.mark.parametrize("read_fast", [False, True])
@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, len(DUMP)])
def test_the_dump_is_in_it(tmp_path, written_fast, read_fast, size):
    """Size and CRC-32 are those of the dump, whoever has written it and whoever reads it; the layout is the file."""
    facts = write_archive(tmp_path / "a", DUMP[:size], fast=written_fast)
    data = (tmp_path / "a").read_bytes()
    assert read(data, facts.layout, fast=read_fast) == (size, zlib.crc32(DUMP[:size])) == (facts.dump_bytes, facts.crc)
    assert len(facts.layout.chunks) == -(-size // CHUNK)
    assert len(facts.layout.head) + sum(facts.layout.chunks) + len(facts.layout.tail) == len(data)


def test_the_crc_is_that_of_all_so_far(tmp_path):
    """Chunk by chunk."""
    facts = write_archive(tmp_path / "a", DUMP)
    found = [*decompress_chunks(io.BytesIO((tmp_path / "a").read_bytes()), facts.layout, choose_decompression())]
    ends = [*range(CHUNK, len(DUMP), CHUNK), len(DUMP)]
    assert [(each.dump_bytes, each.crc) for each in found] == [(end, zlib.crc32(DUMP[:end])) for end in ends]
    assert [each.chunks for each in found] == [*range(1, len(ends) + 1)]


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(
    ("flush", "message"),
    [
        (zlib.Z_FINISH, "ends too early"),
        # Neither ends on a byte.
        (zlib.Z_PARTIAL_FLUSH, "is damaged|ends too early"),
        (zlib.Z_BLOCK, "is damaged|ends too early"),
    ],
)
def test_a_chunk_that_nothing_may_follow_is_refused(fast, flush, message):
    """Its content being right: a reader of the whole stream would stop there, or lose its way."""
    content = DUMP[:1001]
    layout, data = layout_of(raw(content, zlib.Z_SYNC_FLUSH), raw(content, zlib.Z_SYNC_FLUSH), dump=content * 2)
    assert read(data, layout, fast=fast) == (2002, zlib.crc32(content * 2))
    layout, data = layout_of(raw(content, flush), raw(content, zlib.Z_SYNC_FLUSH))
    with pytest.raises(InvalidArchive, match=message):
        read(data, layout, fast=fast)


@pytest.mark.parametrize("fast", [False, True])
def test_each_flipped_bit_is_found(tmp_path, fast):
    """In each byte of a small archive, each bit: but for those that fill up a byte, and that no reader looks at."""
    facts = write_archive(tmp_path / "a", DUMP[:100])
    whole = (tmp_path / "a").read_bytes()
    for at in range(len(whole) * 8):
        data = bytearray(whole)
        data[at // 8] ^= 1 << at % 8
        try:
            found = read(bytes(data), facts.layout, fast=fast)
        except InvalidArchive:
            continue
        if found == (facts.dump_bytes, facts.crc):
            assert read_all(bytes(data)) == DUMP[:100], at


@pytest.mark.parametrize("fast", [False, True])
def test_a_chunk_that_becomes_more_than_one_is_refused(fast):
    """What was written has no larger ones."""
    layout, data = layout_of(raw(bytes(CHUNK + 1), zlib.Z_SYNC_FLUSH))
    with pytest.raises(InvalidArchive, match="becomes more than was compressed"):
        read(data, layout, fast=fast)


def test_a_border_that_is_off_is_refused(tmp_path):
    """By a single byte."""
    facts = write_archive(tmp_path / "a", DUMP)
    longer = array("I", [facts.layout.chunks[0] + 1, facts.layout.chunks[1] - 1, *facts.layout.chunks[2:]])
    with pytest.raises(InvalidArchive, match=r"is damaged|ends too early"):
        read((tmp_path / "a").read_bytes(), replace(facts.layout, chunks=longer))


def test_a_source_that_gives_little_at_a_time(tmp_path):
    """All of a chunk is read, however it comes; one that ends within it is said."""

    class Trickle(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 1000))

    facts = write_archive(tmp_path / "a", DUMP)
    data = (tmp_path / "a").read_bytes()
    assert [*decompress_chunks(Trickle(data), facts.layout, choose_decompression())][-1].dump_bytes == len(DUMP)
    with pytest.raises(InvalidArchive, match="its end is missing"):
        [*decompress_chunks(Trickle(data[:-1]), facts.layout, choose_decompression())]
    with pytest.raises(InvalidArchive, match="something follows its end"):
        [*decompress_chunks(Trickle(data + b"x"), facts.layout, choose_decompression())]
