"""A disk that does not do what it should, while a backup is read."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from openviper.backup._restoring.readable import Reading, Writing
from openviper.backup.errors import BackupError, NotEnoughSpace

PATH = Path("shop.tar.gz")


def test_a_full_disk():
    """A disk that is full is said to be, with the backup's name."""
    with (
        Path("/dev/full").open("wb", 0) as file,
        pytest.raises(NotEnoughSpace, match=r"What is in 'shop\.tar\.gz' cannot be written to the disk: No space left"),
    ):
        Writing(file, PATH).write(b"x")


def test_a_buffered_file_on_a_full_disk():
    """A disk that is full is said to be, also where that shows only at the end."""
    raw = Path("/dev/full").open("wb", 0)  # noqa: SIM115 - closed below, without the buffer that cannot be written
    target = Writing(io.BufferedWriter(raw), PATH)
    target.write(b"x")
    with pytest.raises(NotEnoughSpace):
        target.flush()
    raw.close()


def test_what_cannot_be_written():
    """Another error of a disk is not taken for a lack of space."""
    ours, theirs = os.pipe()
    os.close(ours)
    with (
        os.fdopen(theirs, "wb", 0) as file,
        pytest.raises(
            BackupError, match=r"What is in 'shop\.tar\.gz' cannot be written to the disk: Broken pipe"
        ) as raised,
    ):
        Writing(file, PATH).write(b"x")
    assert not isinstance(raised.value, NotEnoughSpace)


def test_what_cannot_be_read(tmp_path):
    """An error of the disk is said with the backup's name."""
    # The memory of a process cannot be read where nothing is mapped.
    with (
        Path("/proc/self/mem").open("rb", 0) as file,
        pytest.raises(BackupError, match=r"The backup 'shop\.tar\.gz' cannot be read: "),
    ):
        Reading(file, PATH).read(1)
