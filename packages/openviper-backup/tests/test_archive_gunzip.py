"""Decompression, piece by piece."""

from __future__ import annotations

import gzip
import io

import pytest

from openviper.backup.archive import choose_decompression
from openviper.backup.archive.gunzip import Gunzip
from openviper.backup.job import Job

DUMP = b"".join(b"INSERT INTO things VALUES (%d);\n" % row for row in range(50))


@pytest.mark.parametrize("fast", [False, True], ids=["zlib", "isal"])
@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 100, 511, 512, 513])
def test_gzip_pieces(length, fast):
    """The end of a gzip file is found wherever reads stop before it."""
    data = gzip.compress(DUMP[:length])
    for piece in range(1, length + 2):
        with Job() as job:
            gunzip = Gunzip(io.BytesIO(data), job, choose_decompression(fast=fast))
            assert b"".join(iter(lambda: gunzip.read(piece), b"")) == DUMP[:length]  # noqa: B023 - used at once
