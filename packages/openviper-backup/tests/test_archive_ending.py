"""The end of a backup, looked at without reading it."""

from __future__ import annotations

import pytest
from archive_making import write_archive

from openviper.backup.archive import has_end


@pytest.mark.parametrize("size", [1, 511, 512, 8_191, 8_192, 8_704, 8_705, 100_000])
def test_an_archive(tmp_path, size):
    """An archive ends as one of its dump's length, and no other, does; torn, it does not."""
    file = tmp_path / "x.tar.gz"
    write_archive(file, b"x" * size)
    assert has_end(file, size, compressed=True)
    assert not has_end(file, size + 10_240, compressed=True)
    data = file.read_bytes()
    for length in (0, 3, len(data) // 2, len(data) - 1):
        file.write_bytes(data[:length])
        assert not has_end(file, size, compressed=True)


def test_a_plain_dump(tmp_path):
    """A plain dump has its length."""
    file = tmp_path / "x.sql"
    file.write_bytes(b"dump")
    assert [has_end(file, size, compressed=False) for size in (3, 4, 5)] == [False, True, False]


def test_a_link(tmp_path):
    """A link is not followed."""
    (tmp_path / "x.sql").symlink_to("/etc/hostname")
    with pytest.raises(OSError, match="symbolic links"):
        has_end(tmp_path / "x.sql", 1, compressed=False)
