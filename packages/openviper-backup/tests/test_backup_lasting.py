"""What is published is on the disk, and is what the disk gives back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from dump_script import order

from openviper.backup._writing.making import make_backup
from openviper.backup.encryption import parse_recipients
from openviper.backup.errors import InvalidArchive
from openviper.backup.job import Job

RECIPIENT = "age1mt9lfmhu6mv66vyr9tgqmant5vujzah7f5336wyjp5cx9rartemqjsw2n3"
KINDS = {
    "archive": {},
    "plain": {"compress": False},
    "encrypted": {"recipients": parse_recipients([RECIPIENT])},
}


def make(folder: Path, kind: str, on_progress=None):
    with Job(on_progress=on_progress) as job:
        return make_backup(order(folder, **KINDS[kind]), job)


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_what_lasts(tmp_path, monkeypatch, kind):
    """A file is synced before it has its name, and the name before the sidecar has one."""
    fsync, link, done = os.fsync, os.link, []

    def synced(fd):
        # What is staged to be encrypted has no name, and its inode another file's later on.
        if os.fstat(fd).st_nlink:
            done.append(("sync", os.fstat(fd).st_ino))
        return fsync(fd)

    def linked(source, target, **options):
        done.append(("name", Path(source).stat().st_ino))
        return link(source, target, **options)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "link", linked)
    made = make(tmp_path, kind)
    paths = {"folder": tmp_path, "file": made.file, "sidecar": made.sidecar_file}
    known = {path.stat().st_ino: name for name, path in paths.items()}
    told = [f"{what} {known[inode]}" for what, inode in done if inode in known]
    until_named = ["sync folder", "sync file", "sync sidecar", "name file", "sync folder"]
    assert told == [*until_named, "name sidecar", "sync folder"]


def flip(path: Path | str) -> None:
    """Change the last byte of a file."""
    with open(path, "r+b", 0) as file:  # noqa: PTH123 - it may be one without a name
        if size := os.fstat(file.fileno()).st_size:
            last = os.pread(file.fileno(), 1, size - 1)
            os.pwrite(file.fileno(), bytes([last[0] ^ 1]), size - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_another_byte_comes_back(tmp_path, kind):
    """Where the disk gives back another byte than was written, there is no backup."""

    def change(progress):
        if (progress.step, progress.done) == ("read back", 0):
            (part,) = tmp_path.glob("*.part")
            flip(part)

    with pytest.raises(InvalidArchive, match="What was written is not what the disk gives back"):
        make(tmp_path, kind, change)
    assert list(tmp_path.iterdir()) == []


def test_another_byte_is_encrypted(tmp_path):
    """Where what was proved is not what is read to be encrypted, there is no backup."""

    def change(progress):
        if (progress.step, progress.done) == ("encrypt", 0):
            flip(nameless(tmp_path))

    with pytest.raises(InvalidArchive, match="What was written is not what the disk gives back"):
        make(tmp_path, "encrypted", change)
    assert list(tmp_path.iterdir()) == []


def nameless(folder: Path) -> str:
    """Where the open file of a folder is that has no name."""
    fds = Path("/proc/self/fd")
    if not fds.is_dir():
        pytest.skip("only Linux shows open files")
    found = [each for each in fds.iterdir() if is_nameless(each, folder)]
    assert len(found) == 1
    return str(found[0])


def is_nameless(fd: Path, folder: Path) -> bool:
    try:
        target = str(fd.readlink())
    except FileNotFoundError:
        return False
    return target.startswith(str(folder)) and target.endswith("(deleted)")
