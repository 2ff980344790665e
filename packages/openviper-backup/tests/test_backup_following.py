"""An archive is read back while it is being written; what is said of it then holds at the end."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import threading
import time
import zlib

import pytest

from openviper.backup._writing import following
from openviper.backup._writing.following import Follower
from openviper.backup._writing.proof import NOT_WRITTEN, prove
from openviper.backup.archive import CHUNK, choose_compression, open_archive_writer
from openviper.backup.archive.chunks import decompress_chunk
from openviper.backup.errors import InvalidArchive
from openviper.backup.job import Job

DUMP = random.Random(1).randbytes(CHUNK) * 12 + b"the end"


@pytest.fixture
def file(tmp_path):
    with (tmp_path / "a.tar.gz").open("x+b", 0) as file:
        yield file


@pytest.fixture(autouse=True)
def eager(monkeypatch):
    """It follows each chunk, at once."""
    monkeypatch.setattr(following, "_BATCH", 1)
    monkeypatch.setattr(following, "_PAUSE", 0.001)


def writing(file):
    return open_archive_writer(file.fileno(), compression=choose_compression(fast=True), mtime=0)


def until(condition):
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.001)
    assert condition()


def sha256(file):
    file.seek(0)
    return hashlib.sha256(file.read()).hexdigest()


def proved_again(file, facts, proved):
    with Job() as job:
        return prove(file, facts, job, proved=proved)


def test_what_was_followed_need_not_be_decompressed_again(file, monkeypatch):
    """It keeps up with the writer, and the checksum in the end is that of the whole file."""
    with writing(file) as writer, Follower(file.fileno(), writer) as follower:
        writer.write(DUMP)
        until(lambda: follower._proved.chunks == len(writer.chunks) > 3)
        proved = follower.stop()
        facts = writer.close()
    assert proved.crc == zlib.crc32(DUMP[: proved.dump_bytes])
    assert proved.dump_bytes == proved.chunks * CHUNK
    decompressed = []

    def decompress(*args):
        decompressed.append(args)
        return decompress_chunk(*args)

    monkeypatch.setattr("openviper.backup.archive.chunks.decompress_chunk", decompress)
    assert proved_again(file, facts, proved) == sha256(file)
    assert len(decompressed) == len(facts.layout.chunks) - proved.chunks


def test_it_ends_with_the_writer(file):
    """Left by an error, nothing reads from the file any more."""

    def fail():
        with writing(file) as writer, Follower(file.fileno(), writer):
            writer.write(DUMP)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not [each for each in threading.enumerate() if each.name.startswith("openviper-backup")]


def test_a_changed_chunk_is_found_at_once(file):
    """What the disk gives back of a chunk is not what was written: the end of the dump need not be waited for."""
    with writing(file) as writer:
        writer.write(DUMP)
        os.pwrite(file.fileno(), b"\xff" * 8, writer.head_bytes + writer.chunks[0] + 100)
        with Follower(file.fileno(), writer) as follower:
            until(lambda: not follower._thread.is_alive())
            for ask in (follower.check, follower.stop):
                with pytest.raises(InvalidArchive, match=NOT_WRITTEN):
                    ask()


@pytest.mark.parametrize("at", ["head", "followed", "not followed"])
def test_what_changes_after_it_was_followed_is_found(file, at):
    """What was read before is compared with what is hashed in the end."""
    with writing(file) as writer, Follower(file.fileno(), writer) as follower:
        writer.write(DUMP)
        until(lambda: follower._proved.chunks)
        proved = follower.stop()
        writer.write(DUMP)
        facts = writer.close()
    offset = {"head": 20, "followed": proved.bytes - 100, "not followed": proved.bytes + 100}[at]
    byte = os.pread(file.fileno(), 1, offset)[0]
    os.pwrite(file.fileno(), bytes([byte ^ 1]), offset)
    with pytest.raises(InvalidArchive, match=NOT_WRITTEN):
        proved_again(file, facts, proved)


def test_a_disk_that_fails_meanwhile_is_said(file, monkeypatch):
    """An error of fsync is told once by the system, to whoever asks first: it must not be lost."""
    real = os.fsync

    def fsync(fd):
        if fd == file.fileno():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    with writing(file) as writer, Follower(file.fileno(), writer) as follower:
        writer.write(DUMP)
        until(lambda: not follower._thread.is_alive())
        with pytest.raises(OSError, match="Input/output error"):
            follower.stop()


def test_little_is_left_to_the_end(file, monkeypatch):
    """A few MiB are worth no flush of their own."""
    monkeypatch.setattr(following, "_BATCH", 1 << 30)
    with writing(file) as writer, Follower(file.fileno(), writer) as follower:
        writer.write(DUMP)
        time.sleep(0.05)
        proved = follower.stop()
        facts = writer.close()
    assert (proved.chunks, proved.bytes) == (0, writer.head_bytes)
    assert proved_again(file, facts, proved) == sha256(file)
