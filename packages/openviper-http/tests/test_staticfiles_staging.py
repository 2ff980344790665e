"""Files get to their places whole, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._outputs import Output
from openviper.staticfiles._seen import seen_at
from openviper.staticfiles._staging import STAGING, staging


def names(root):
    return sorted(str(each.relative_to(root)) for each in root.rglob("*"))


def waiting(root):
    """Return the name of the folder that files wait in."""
    (found,) = root.glob(f"{STAGING}-*")
    return found.name


def test_files_are_moved_to_their_places_when_they_are_whole(files):
    """Until then none is there; afterwards nothing else is."""
    root = files({"source": b"new", "www/a": b"old"})
    with staging(root / "www") as staged:
        staged.add(Output("a", "a", root / "source"))
        staged.add(Output("b/c", "b/c", root / "source", content=b"made"))
        assert (root / "www" / "a").read_bytes() == b"old"
        staged.publish(["a", "b/c"])
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
            staged.publish(["a"])
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
    root = files({"source": b"new", "www/a": b"old"})
    killed = os.fork()
    if not killed:
        with staging(root / "www") as staged:
            staged.add(Output("a", "a", root / "source"))
            os._exit(0)
    os.waitpid(killed, 0)
    assert len(names(root / "www")) == 3
    with staging(root / "www") as staged:
        staged.add(Output("a", "a", root / "source"))
        staged.publish(["a"])
    assert names(root / "www") == ["a"]


@pytest.mark.parametrize("path", [f"{STAGING}/0", f"{STAGING}-7/0", f"{STAGING}-{'a' * 32}/notes", f"{STAGING}"])
def test_what_is_no_rest_of_a_killed_run_stays(files, path):
    """Neither somebody else's folder nor a file of such a name is taken for it."""
    root = files({"source": b"new", f"www/{path}": b"theirs"})
    with staging(root / "www") as staged:
        staged.add(Output("a", "a", root / "source"))
        staged.publish(["a"])
    assert (root / "www" / path).read_bytes() == b"theirs"


def test_a_link_at_a_files_place_is_replaced_and_not_followed(files):
    """What it leads to stays as it is."""
    root = files({"source": b"new", "elsewhere": b"old", "www/x": b""})
    (root / "www" / "a").symlink_to(root / "elsewhere")
    with staging(root / "www") as staged:
        staged.add(Output("a", "a", root / "source"))
        staged.publish(["a"])
    assert (root / "elsewhere").read_bytes() == b"old"
    assert not (root / "www" / "a").is_symlink()


def test_nothing_is_written_through_a_folder_that_became_a_link(files):
    """Neither one of the places, nor the one in which the files wait: in the moment between the look and the move."""
    root = files({"www/a/x": b"old", "elsewhere/x": b"theirs"})
    with staging(root / "www") as staged:
        for number, folder in enumerate(("a", waiting(root / "www"))):
            staged.add(Output("a/x", "a/x", root, content=b"new"))
            (root / "www" / folder).rename(root / f"moved {number}")
            (root / "www" / folder).symlink_to(root / "elsewhere")
            with pytest.raises(StaticFilesError, match=r"www/a/x cannot be written: Not a directory"):
                staged.publish(["a/x"])
        staged.add(Output("y", "y", root, content=b"new"))
    assert {each.name: each.read_bytes() for each in (root / "elsewhere").iterdir()} == {"x": b"theirs"}


def test_a_root_that_cannot_be_written_to_is_named(files):
    """As one that is no folder by now."""
    root = files({"www": "a file"})
    with pytest.raises(StaticFilesError, match=r"STATIC_ROOT=.*www cannot be written to: "), staging(root / "www"):
        pass


def test_a_file_that_came_meanwhile_is_not_replaced(files):
    """Whoever has put it there since it was looked at; its content stays."""
    root = files({"source": b"new", "www/a": b"old"})
    seen = {name: seen_at(root / "www" / name) for name in ("a", "b")}
    (root / "www" / "b").write_bytes(b"theirs")
    with staging(root / "www") as staged:
        for name in ("a", "b"):
            staged.add(Output(name, name, root / "source"))
        with pytest.raises(StaticFilesError, match="/b was changed by another process; run collectstatic again"):
            staged.publish(["a", "b"], seen)
    assert [(root / "www" / name).read_bytes() for name in ("a", "b")] == [b"new", b"theirs"]


def test_without_a_lock_each_run_has_a_folder_of_its_own(files):
    """Two of them do not take away each other's files."""
    root = files({"source": b"new", "www/x": b""})
    with staging(root / "www", is_locked=False) as one, staging(root / "www", is_locked=False) as other:
        one.add(Output("a", "a", root / "source"))
        other.add(Output("b", "b", root / "source"))
        other.publish(["b"])
        one.publish(["a"])
    assert names(root / "www") == ["a", "b", "x"]


def test_files_last_before_they_are_moved_and_folders_after(files, monkeypatch):
    """As fsync(2) asks for; each folder once."""
    root = files({"source": b"new", "www/x": b""})
    synced = []
    fsync, paths = os.fsync, lambda descriptor: str(Path(f"/proc/self/fd/{descriptor}").readlink())
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.append(paths(descriptor)), fsync(descriptor)))
    with staging(root / "www") as staged:
        for name in ("a/b/one", "a/b/two", "three"):
            staged.add(Output(name, name, root / "source"))
        assert synced == [f"{root}/www/{waiting(root / 'www')}/{number}" for number in range(3)]
        staged.publish(["a/b/one", "a/b/two", "three"])
    assert synced[3:] == [f"{root}/www", f"{root}/www/a", f"{root}/www/a/b"]
