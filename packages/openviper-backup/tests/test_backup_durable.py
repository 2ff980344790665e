"""Names that last and overwrite nothing, locks, room, and what is said where a disk fails."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from openviper.backup import _durable
from openviper.backup._durable import (
    check_room,
    create_new,
    disk_errors,
    link_new,
    lock,
    lock_if_possible,
    make_folder,
    write_all,
)
from openviper.backup.errors import BackupError, BackupFileNotFound, NotEnoughSpace


def refuse(code: int):
    """Return a function that fails with an error of the system."""

    def call(*_arguments, **_options):
        raise OSError(code, os.strerror(code))

    return call


def test_a_new_file(tmp_path):
    """A new file is its owner's alone, and none that is there, or a link, is taken for one."""
    os.close(create_new(tmp_path / "made"))
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o600
    (tmp_path / "link").symlink_to("elsewhere")
    for name in ("made", "link"):
        with pytest.raises(FileExistsError):
            create_new(tmp_path / name)
    assert not (tmp_path / "elsewhere").exists()


@pytest.fixture(params=["with links", "with renameat2", "with neither"])
def _file_system(request, monkeypatch):
    """A file system with hard links, one without, and one on which not even renameat2 works."""
    if request.param != "with links":
        monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    if request.param == "with neither":
        monkeypatch.setattr(_durable, "_renameat2", refuse(errno.EINVAL))


@pytest.mark.usefixtures("_file_system")
def test_a_new_name(tmp_path):
    """A file takes a name that is free, with its content."""
    (tmp_path / "made").write_bytes(b"ours")
    link_new(tmp_path / "made", tmp_path / "name")
    assert (tmp_path / "name").read_bytes() == b"ours"


@pytest.mark.usefixtures("_file_system")
@pytest.mark.parametrize("is_dangling", [False, True])
def test_a_name_that_is_taken(tmp_path, is_dangling):
    """A name that something has, if only a link to nowhere, is not taken, and both files stay."""
    (tmp_path / "made").write_bytes(b"ours")
    theirs = tmp_path / "name"
    theirs.symlink_to("nowhere") if is_dangling else theirs.write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        link_new(tmp_path / "made", theirs)
    assert (tmp_path / "made").read_bytes() == b"ours"
    assert str(theirs.readlink()) == "nowhere" if is_dangling else theirs.read_bytes() == b"theirs"


@pytest.mark.usefixtures("_file_system")
def test_a_name_in_no_folder(tmp_path):
    """Another error than a missing right to link is raised as it is."""
    (tmp_path / "made").write_bytes(b"ours")
    with pytest.raises(FileNotFoundError):
        link_new(tmp_path / "made", tmp_path / "no" / "name")


def test_folders(tmp_path, monkeypatch):
    """A folder that is made and each parent that is made have mode 0700, and the folder above each is synced."""
    fsync, synced = os.fsync, []

    def listed(fd):
        synced.append(os.fstat(fd).st_ino)
        fsync(fd)

    monkeypatch.setattr(os, "fsync", listed)
    make_folder(tmp_path / "a" / "b")
    assert [each.stat().st_mode & 0o777 for each in (tmp_path / "a", tmp_path / "a" / "b")] == [0o700, 0o700]
    assert synced == [each.stat().st_ino for each in (tmp_path, tmp_path / "a")]


def test_a_folder_that_is_there(tmp_path):
    """A folder that is there keeps its mode."""
    tmp_path.chmod(0o755)
    make_folder(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_lock_is_had_once(tmp_path):
    """A lock that somebody has is refused at once, and had again behind him."""
    with (tmp_path / "file").open("w") as first, (tmp_path / "file").open() as second:
        lock(first.fileno(), wait=False)
        for take in (lock, lock_if_possible):
            with pytest.raises(BlockingIOError):
                take(second.fileno(), wait=False)
        first.close()
        assert lock_if_possible(second.fileno(), wait=True)


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks(tmp_path, monkeypatch, code):
    """A file system without locks is told from a lock that another has, and is an error where one is needed."""
    monkeypatch.setattr("fcntl.flock", refuse(code))
    with (tmp_path / "file").open("w") as file:
        assert not lock_if_possible(file.fileno(), wait=False)
        with pytest.raises(OSError, match=os.strerror(code)):
            lock(file.fileno(), wait=False)


def test_room(tmp_path):
    """What fits is no error; what does not is refused, by folder and by descriptor, with both numbers."""
    check_room(tmp_path, 1, "The copy needs")
    with pytest.raises(NotEnoughSpace, match=rf"The copy needs {1 << 60} bytes, and '{tmp_path}' has \d+ left"):
        check_room(tmp_path, 1 << 60, "The copy needs")
    with (
        (tmp_path / "file").open("w") as file,
        pytest.raises(NotEnoughSpace, match=r"the disk that takes them has \d+"),
    ):
        check_room(file.fileno(), 1 << 60, "It needs")


def test_a_write_in_pieces():
    """What is not written at once is written by further calls."""
    written = []

    def write(view):
        written.append(bytes(view[:2]))
        return len(written[-1])

    assert write_all(write, b"abcde") == 5
    assert written == [b"ab", b"cd", b"e"]


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (OSError(errno.ENOSPC, "No space left"), NotEnoughSpace, "It fails: '/srv': No space left"),
        (OSError(errno.EDQUOT, "Quota", "/srv/x"), NotEnoughSpace, "It fails: '/srv/x': Quota"),
        (OSError(errno.EIO, "I/O error", b"/srv/x"), BackupError, "It fails: '/srv/x': I/O error"),
        (OSError(errno.EIO, "I/O error"), BackupError, "It fails: '/srv': I/O error"),
        (OSError("odd"), BackupError, "It fails: '/srv': odd"),
    ],
)
def test_what_is_said_of_a_disk(error, kind, message):
    """An error of the system is one of this package, which says what failed, where, and why."""
    with pytest.raises(BackupError) as raised, disk_errors("It fails", Path("/srv")):
        raise error
    assert (type(raised.value), str(raised.value)) == (kind, message)


def test_our_own_errors_pass():
    """An error of this package stays what it is, also one that is an error of the system too."""
    with pytest.raises(BackupFileNotFound, match=r"^not there$"), disk_errors("It fails"):
        raise BackupFileNotFound("not there")


def test_a_full_disk():
    """A device that is full is said to be."""
    with Path("/dev/full").open("wb", 0) as full, pytest.raises(NotEnoughSpace), disk_errors("It fails"):
        write_all(full.write, b"x")
