"""Reading ahead gives the same bytes, and hides no failure."""

from __future__ import annotations

import hashlib
import io
import random

import pytest

from openviper.backup.archive import HashingFile, ReadAhead

CONTENT = random.Random(5).randbytes(700_001)


@pytest.mark.parametrize("size", [1, 4_096, 1 << 18, 1 << 20])
def test_the_same_bytes_come_out(size):
    """Whatever is asked for, all bytes come, each once, in their order, and behind the last one none."""
    content = CONTENT[-5_000:] if size == 1 else CONTENT
    hashing = HashingFile(io.BytesIO(content))
    with ReadAhead(hashing) as ahead:
        pieces = []
        while piece := ahead.read(size):
            assert len(piece) <= size
            pieces.append(piece)
        assert [ahead.read(size), ahead.read(size)] == [b"", b""]
    assert b"".join(pieces) == content
    assert (hashing.done, hashing.hexdigest()) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_failure_is_raised_where_the_bytes_are_asked_for():
    """What could be read before comes first."""

    class Torn(io.BytesIO):
        def read(self, size=-1):
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(size)

    with ReadAhead(Torn(CONTENT)) as ahead:
        assert ahead.read(1 << 20) == CONTENT[: 1 << 18]
        with pytest.raises(OSError, match="Input/output error"):
            ahead.read(1 << 20)


def test_left_early_nothing_is_read_any_more():
    """Who takes the file afterwards has it alone."""
    file = io.BytesIO(CONTENT)
    with ReadAhead(file) as ahead:
        ahead.read(1)
    position = file.tell()
    file.seek(0)
    assert file.read() == CONTENT
    assert position <= 1 << 19
