"""Which files are found."""

from __future__ import annotations

import os
import socket

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._finding import find_files


def find(root, *folders):
    return find_files([root / folder for folder in folders], root / "collected")


def test_files_are_found_by_name_at_any_depth(files):
    """In the order of their names, whatever the file system's is."""
    root = files({"a/z.txt": "", "a/b/c/d.txt": "", "a/a b.txt": ""})
    assert list(find(root, "a", "nowhere").files) == ["a b.txt", "b/c/d.txt", "z.txt"]


@pytest.mark.parametrize("name", [".env", ".git/config", "css/.hidden", "site.css~", "CVS/Entries", ".collectstatic"])
def test_what_is_no_static_file_by_its_name_is_left_out(files, name):
    """Hidden files, backups of editors, folders of version control."""
    assert list(find(files({f"a/{name}": "", "a/x": ""}), "a").files) == ["x"]


@pytest.mark.parametrize(("first", "second"), [("x", "x"), ("x", "x/y"), ("x/y", "x"), ("x/y/z", "x/y")])
def test_the_earlier_folder_wins_and_both_are_named(files, first, second):
    """Also where a file stands in the way of a folder."""
    root = files({f"a/{first}": "", f"b/{second}": "", "b/z": ""})
    found = find(root, "a", "b")
    assert set(found.files) == {first, "z"}
    assert found.files[first] == root / "a" / first
    assert found.conflicts == [f"{second}: {root / 'a' / first} is collected, and {root / 'b' / second} is not"]


def test_links_are_followed_to_what_they_lead_to(files, monkeypatch):
    """To files and folders, also outside, as Django follows them."""
    root = files({"pyproject.toml": "", "a/x": "", "other/y": ""})
    monkeypatch.chdir(root)
    (root / "a" / "file").symlink_to(root / "other" / "y")
    (root / "a" / "folder").symlink_to(root / "other")
    assert list(find(root, "a").files) == ["file", "folder/y", "x"]


@pytest.mark.parametrize("target", [".", "..", "../..", "../../..", "../../collected", "../deep/loop"])
def test_a_link_that_leads_back_is_skipped(files, target):
    """To itself, a folder above it, one above all of them, or the folder that is collected into."""
    root = files({"a/deep/x": "", "collected/y": "", "secret": ""})
    (root / "a" / "deep" / "loop").symlink_to(target)
    found = find(root, "a")
    assert list(found.files) == ["deep/x"]
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith(f"{root / 'a/deep/loop'} ")


def linked(files, count):
    """Make folders that each hold a file, and links to all others."""
    names = [f"app{number}" for number in range(count)]
    root = files({f"a/{name}/x": "" for name in names})
    for name in names:
        for other in set(names) - {name}:
            (root / "a" / name / f"to-{other}").symlink_to(f"../{other}")
    return root


def test_folders_that_link_to_each_other_are_collected_by_all_their_names(files):
    """There is an end to them, as none leads back; each link that would is told once."""
    found = find(linked(files, 4), "a")
    assert len(found.files) == 4 * (1 + 3 + 3 * 2 + 3 * 2 * 1)
    assert "app0/to-app1/to-app2/to-app3/x" in found.files
    assert len(found.warnings) == 4 * 3


def test_more_behind_links_than_anybody_means_is_an_error(files, monkeypatch):
    """None of it would be left out in silence; without links there may be as much as there is."""
    root = linked(files, 5)
    (root / "b").mkdir()
    monkeypatch.setattr("openviper.staticfiles._finding._MOST_BEHIND_LINKS", 100)
    with pytest.raises(
        StaticFilesError, match=r"a/app\d/to-.*: there are more than 100 files and folders behind links"
    ):
        find(root, "a")
    files({f"b/{number}/x": "" for number in range(200)})
    assert len(find(root, "b").files) == 200


def test_links_within_links_without_end_are_an_error(files):
    """The system would follow no more of them, and what they lead to would be missing."""
    with pytest.raises(StaticFilesError, match="it is reached through 31 links"):
        find(linked(files, 32), "a")


def test_a_folder_may_have_several_names(files):
    """Each of them is served."""
    root = files({"a/shared/x": ""})
    for number in range(150):
        (root / "a" / f"link{number}").symlink_to("shared")
    found = find(root, "a")
    assert (len(found.files), found.warnings) == (151, [])


def test_only_regular_files_are_taken(files, monkeypatch):
    """A FIFO would be waited for, a socket cannot be opened, a device has no end; a dangling link has nothing."""
    root = files({"a/x": ""})
    os.mkfifo(root / "a" / "fifo")
    (root / "a" / "device").symlink_to("/dev/zero")
    (root / "a" / "dangling").symlink_to("nowhere")
    with socket.socket(socket.AF_UNIX) as listener:
        # By its short name: an address has 108 bytes at most.
        monkeypatch.chdir(root / "a")
        listener.bind("socket")
        found = find(root, "a")
    assert list(found.files) == ["x"]
    assert sorted(each.partition(" is ")[0].rpartition("/")[2] for each in found.warnings) == [
        "dangling",
        "device",
        "fifo",
        "socket",
    ]


def test_any_name_that_a_file_can_have_is_found(files):
    """And cannot command the terminal in a sentence about it."""
    name = os.fsdecode(b"new\nline\x1b[2J\xff")
    root = files({f"a/{name}": "", f"b/{name}": ""})
    found = find(root, "a", "b")
    assert list(found.files) == [name]
    assert "\n" not in found.conflicts[0]
    assert found.conflicts[0].isprintable()
