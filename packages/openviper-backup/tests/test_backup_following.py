"""An archive is decompressed while it is being written; what is said of it then holds at the end."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import sys
import threading
import time
import zlib
from dataclasses import replace

import pytest

from openviper.backup._writing import following
from openviper.backup._writing.following import Follower
from openviper.backup._writing.proof import NOT_WRITTEN, prove
from openviper.backup.archive import CHUNK, Proved, choose_compression, open_archive_writer
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
    """It looks at once."""
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
    """One that cannot be decompressed: the end of the dump need not be waited for."""
    with writing(file) as writer:
        writer.write(DUMP)
        os.pwrite(file.fileno(), b"\xff" * 8, writer.head_bytes + writer.chunks[0])
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
    border = writer.head_bytes + sum(writer.chunks[: proved.chunks])
    offset = {"head": 20, "followed": border - 100, "not followed": border + 100}[at]
    byte = os.pread(file.fileno(), 1, offset)[0]
    os.pwrite(file.fileno(), bytes([byte ^ 1]), offset)
    with pytest.raises(InvalidArchive, match=NOT_WRITTEN):
        proved_again(file, facts, proved)


def test_what_cannot_be_read_is_said(file, monkeypatch):
    """As the system says it."""

    def pread(fd, size, at):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "pread", pread)
    with writing(file) as writer, Follower(file.fileno(), writer) as follower:
        writer.write(DUMP)
        until(lambda: not follower._thread.is_alive())
        with pytest.raises(OSError, match="Input/output error"):
            follower.stop()


def test_where_there_was_no_time_all_is_left_to_the_end(file, monkeypatch):
    """Nothing is believed to be proved."""
    monkeypatch.setattr(following, "_PAUSE", 60)
    with writing(file) as writer, Follower(file.fileno(), writer) as follower:
        writer.write(DUMP)
        proved = follower.stop()
        facts = writer.close()
    assert proved == Proved()
    assert proved_again(file, facts, proved) == sha256(file)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such policies")
def test_it_takes_no_time_from_the_dump(file):
    """sched(7): it runs where no other thread wants to; those that compress take no core from one that wakes."""
    policies = set()

    def deflate(chunk):
        policies.add(os.sched_getscheduler(0))
        return compression.deflate(chunk)

    compression = choose_compression(fast=True)
    watched = replace(compression, deflate=deflate)
    with open_archive_writer(file.fileno(), compression=watched, mtime=0) as writer:
        writer.write(DUMP)
        with Follower(file.fileno(), writer) as follower:
            until(lambda: os.sched_getscheduler(follower._thread.native_id) == os.SCHED_IDLE)
    assert policies == {os.SCHED_BATCH}
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
