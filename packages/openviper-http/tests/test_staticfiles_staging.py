"""Files get to their places whole, or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._outputs import Output
from openviper.staticfiles._staging import STAGING, refuse_blocked, staging


def names(root):
    return sorted(str(each.relative_to(root)) for each in root.rglob("*"))


def test_files_are_moved_to_their_places_when_they_are_whole(files):
    """Until then none is there; afterwards nothing else is."""
    root = files({"source": b"new", "www/a": b"old"})
    with staging(root / "www") as staged:
        staged.add(Output("a", "a", root / "source"))
        staged.add(Output("b/c", "b/c", root / "source", content=b"made"))
        assert (root / "www" / "a").read_bytes() == b"old"
        staged.publish()
    assert names(root / "www") == ["a", "b", "b/c"]
    assert ((root / "www/a").read_bytes(), (root / "www/b/c").read_bytes()) == (b"new", b"made")


def test_the_umask_decides_who_may_read_a_file(files):
    """Not the mode of its source: a web server is another user."""
    root = files({"source": b"new", "www/x": b""})
    (root / "source").chmod(0o600)
    umask = os.umask(0o022)
    try:
        with staging(root / "www") as staged:
            staged.add(Output("a", "a", root / "source"))
            staged.publish()
    finally:
        os.umask(umask)
    assert stat.S_IMODE((root / "www" / "a").stat().st_mode) == 0o644


@pytest.mark.parametrize("error", [KeyboardInterrupt, StaticFilesError])
def test_what_ends_it_leaves_nothing(files, error):
    """Ctrl-C, or a source that cannot be read."""
    root = files({"source": b"new", "www/a": b"old"})

    def stop_half_way():
        with staging(root / "www") as staged:
            staged.add(Output("a", "a", root / "source"))
            raise error

    with pytest.raises(error):
        stop_half_way()
    assert names(root / "www") == ["a"]
    assert (root / "www" / "a").read_bytes() == b"old"


def test_what_a_killed_run_has_left_is_taken_away(files):
    """The next one starts anew."""
    root = files({"source": b"new", f"www/{STAGING}/0": b"left", "www/a": b"old"})
    with staging(root / "www") as staged:
        staged.add(Output("a", "a", root / "source"))
        staged.publish()
    assert names(root / "www") == ["a"]


def test_a_link_at_a_files_place_is_replaced_and_not_followed(files):
    """What it leads to stays as it is."""
    root = files({"source": b"new", "elsewhere": b"old", "www/x": b""})
    (root / "www" / "a").symlink_to(root / "elsewhere")
    with staging(root / "www") as staged:
        staged.add(Output("a", "a", root / "source"))
        staged.publish()
    assert (root / "elsewhere").read_bytes() == b"old"
    assert not (root / "www" / "a").is_symlink()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("folder", "folder is a folder where a file is to be put"),
        ("file/x", "file is a file where a folder is to be made"),
        ("link/x", "link is a link where a folder is to be made"),
        ("link/deep/x", "link is a link where a folder is to be made"),
    ],
)
def test_what_is_in_the_way_is_named(files, name, sentence):
    """Before anything is written; nothing is ever written through a link."""
    root = files({"www/file": "", "www/folder/x": "", "assets/x": ""})
    (root / "www" / "link").symlink_to(root / "assets")
    refuse_blocked(root / "www", ["folder/x", "file", "link", "new/x"])
    with pytest.raises(StaticFilesError, match=sentence):
        refuse_blocked(root / "www", [name])


def test_a_root_that_cannot_be_written_to_is_named(files):
    """As one that stands in the way of its staging folder."""
    root = files({f"www/{STAGING}": "a file"})
    with pytest.raises(StaticFilesError, match=r"STATIC_ROOT=.*www cannot be written to: "), staging(root / "www"):
        pass
