"""CRC-32 of pieces, put together."""

from __future__ import annotations

import os
import zlib

import pytest

from openviper.backup.archive.crc import combine


@pytest.mark.parametrize(
    ("first", "second"),
    [(0, 0), (1, 0), (0, 1), (1, 1), (512, 10), (3, 511), (100, 65_536), (7, (1 << 20) - 1), (65_537, 1 << 20)],
)
def test_two_pieces_have_the_crc_of_one(first, second):
    """The CRC of two pieces is combined from theirs, whatever their lengths."""
    one, other = os.urandom(first), os.urandom(second)
    assert combine(zlib.crc32(one), zlib.crc32(other), second) == zlib.crc32(one + other)
