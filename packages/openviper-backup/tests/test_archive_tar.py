"""The header of a tar file: what is taken for one, and what is not."""

from __future__ import annotations

import io

import pytest
from archive_making import member, tar_of

from openviper.backup.archive.tar import BLOCK, read_member
from openviper.backup.errors import InvalidArchive

TAR = tar_of((member(), b"dump"))


def read(data: bytes) -> int:
    return read_member(io.BytesIO(data).read)


def test_the_size():
    """The size of the member is what its header says."""
    assert read(TAR) == 4


@pytest.mark.parametrize("at", [0, 100, 124, 135, 136, 156, 257, 400, BLOCK - 1])
def test_another_byte(at):
    """A header with another byte than its checksum is of is not one, whatever the byte means."""
    changed = bytes([TAR[at] ^ 1])
    with pytest.raises(InvalidArchive, match=r"archive: its content is not a tar file$"):
        read(TAR[:at] + changed + TAR[at + 1 :])


def test_a_checksum_of_signed_bytes():
    """The checksum of old programs, which have added signed bytes, is one too."""
    # In the name of the owner.
    blank = TAR[:148] + b" " * 8 + TAR[156:265] + b"\xe9" + TAR[266:BLOCK]
    signed = sum(byte - 256 if byte > 127 else byte for byte in blank)
    assert signed != sum(blank)
    assert read(blank[:148] + b"%06o\x00 " % signed + blank[156:]) == 4


def test_a_size_that_others_read_otherwise():
    """A number with a NUL before it is 0 for Python's tarfile and more for GNU tar; here it is none."""
    tar = bytearray(TAR)
    tar[124:125] = b"\x00"
    tar[148:156] = b"%06o\0 " % (sum(tar[:148]) + 256 + sum(tar[156:512]))
    with pytest.raises(InvalidArchive, match="a number in its tar header cannot be read"):
        read(bytes(tar))
