"""Whether a file is there already, and what is read of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._outputs import Output, digest_of, is_there, open_regular, read_whole


@pytest.mark.parametrize(
    ("content", "expected"), [(b"one", True), (b"two", False), (b"on", False), (b"", False), (None, False)]
)
def test_a_file_with_the_same_content_is_there(files, content, expected):
    """Sizes and times do not tell; the content does."""
    root = files({"source": b"one"} | ({} if content is None else {"www/x": content}))
    assert is_there(root / "www", Output("x", "x", root / "source")) is expected
    assert is_there(root / "www", Output("x", "x", Path("unused"), content=b"one")) is expected


def test_a_link_at_its_place_is_not_the_file(files):
    """It would change with what it leads to."""
    root = files({"source": b"one", "www/x": b""})
    (root / "www" / "x").unlink()
    (root / "www" / "x").symlink_to(root / "source")
    assert not is_there(root / "www", Output("x", "x", root / "source"))


def test_a_file_below_a_file_is_not_there(files):
    """Nor is it an error: what stands in the way is told elsewhere."""
    root = files({"source": b"one", "www/x": b"one"})
    assert not is_there(root / "www", Output("x/y", "x/y", root / "source"))


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


def test_a_regular_file_is_opened(files):
    """Whatever is in it."""
    with open_regular(files({"x": b"\0\xff"}) / "x") as file:
        assert file.read() == b"\0\xff"
