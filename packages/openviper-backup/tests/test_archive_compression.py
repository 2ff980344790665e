"""How chunks are compressed."""

from __future__ import annotations

import os
import sys
import zlib

import pytest

from openviper.backup.archive.compression import choose_compression, choose_decompression
from openviper.backup.errors import InvalidInput


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("before", [b"", b"x", b"insert into things values " * 2000])
def test_chunks_are_parts_of_one_stream(fast, before):
    """A chunk continues the deflate stream of the one before, and is one without it."""
    deflate = choose_compression(fast=fast).deflate
    chunk = b"insert into things values (1);\n" * 1000 + os.urandom(1000)
    stream = zlib.decompressobj(-15)
    assert stream.decompress(deflate(before) + deflate(chunk)) == before + chunk
    assert not stream.eof
    assert zlib.decompressobj(-15).decompress(deflate(chunk)) == chunk


@pytest.mark.parametrize("fast", [False, True])
def test_crc(fast):
    """Both count CRC-32 as zlib does, piece by piece."""
    crc = choose_compression(fast=fast).crc
    assert crc(b"world", crc(b"hello ", 0)) == zlib.crc32(b"hello world")


@pytest.mark.parametrize(("fast", "name"), [(None, "isal"), (True, "isal"), (False, "zlib")])
def test_who_decompresses(fast, name):
    """ISA-L does where it is installed, unless zlib is asked for; both read what both have written."""
    way = choose_decompression(fast=fast)
    assert way.name == name
    for written_fast in (False, True):
        data = choose_compression(fast=written_fast).deflate(memoryview(b"hello" * 1000))
        assert way.begin().decompress(data, 6000) == b"hello" * 1000
        assert way.inflate(data + b"\x03\x00", 10) == b"hello" * 1000
    with pytest.raises(way.error):
        way.begin().decompress(b"\xff" * 100, 6000)
    with pytest.raises(way.error):
        way.inflate(data, 5000)
    assert way.crc(b"hello", 0) == zlib.crc32(b"hello")


def test_without_isal(monkeypatch):
    """Where it is not installed, it is said how to install it, and everything is read by zlib."""
    monkeypatch.setitem(sys.modules, "isal", None)
    monkeypatch.setitem(sys.modules, "isal.isal_zlib", None)
    for choose in (choose_compression, choose_decompression):
        with pytest.raises(InvalidInput, match=r"pip install 'openviper-backup\[fast\]'"):
            choose(fast=True)
    monkeypatch.setattr(sys, "path", [])
    sys.modules.pop("isal")
    assert choose_decompression().name == "zlib"
