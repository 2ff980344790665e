"""Whether a file is there already, and what is read of it."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._outputs import Output, digest_of, open_regular, read_whole


def test_the_digest_is_that_of_the_content(files):
    """Whether it is made, stands in a file, or is known."""
    source = files({"source": b"one"}) / "source"
    expected = sha256(b"one").digest()
    assert Output("x", "x", source).sha256() == expected
    assert Output("x", "x", Path("unused"), content=b"one").sha256() == expected
    assert Output("x", "x", Path("unused"), digest=expected).sha256() == expected


def test_content_that_changes_after_its_hash_is_refused(files):
    """A name with a hash is cached for ever, so it must hold what it says."""
    root = files({"source": b"one"})
    output = Output("x", "x", root / "source", digest=digest_of(root / "source"))
    assert b"".join(output.chunks()) == b"one"
    (root / "source").write_bytes(b"two")
    with pytest.raises(StaticFilesError, match="was changed while it was collected"):
        list(output.chunks())


@pytest.mark.parametrize("kind", ["gone", "fifo", "folder", "device", "failing"])
def test_what_cannot_be_read_is_named(tmp_path, kind):
    """Gone meanwhile, replaced by something that is no file and is not waited for, or with an error half-way."""
    path = tmp_path / kind
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind != "gone":
        # Its first byte is no address that is mapped.
        path.symlink_to({"device": "/dev/zero", "failing": "/proc/self/mem"}[kind])
    with pytest.raises(StaticFilesError, match=f"{kind} cannot be read"):
        read_whole(path)


@pytest.mark.parametrize("path", ["/proc/self/pagemap", "/proc/self/maps"])
def test_a_file_that_gives_more_than_its_size_is_refused(path):
    """It may have no end."""
    with pytest.raises(StaticFilesError, match=rf"^{path} gives more bytes than its size says"):
        read_whole(Path(path))


def test_a_regular_file_is_opened(files):
    """Whatever is in it."""
    with open_regular(files({"x": b"\0\xff"}) / "x") as file:
        assert file.read() == b"\0\xff"
