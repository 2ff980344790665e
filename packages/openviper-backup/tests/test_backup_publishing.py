"""How a file comes to its name, whoever else is at work in the folder."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from openviper.backup import _durable
from openviper.backup._writing import publishing
from openviper.backup._writing.publishing import Publication
from openviper.backup.naming import FileName

NAME = FileName("shop", datetime(2026, 1, 31, 23, 59, 58, tzinfo=UTC), ".tar.gz")
FIRST, SECOND = "shop_20260131-235958.tar.gz", "shop_20260131-235958-2.tar.gz"


def beside(name: str) -> str:
    return f"{name}.meta.json"


def publish(folder: Path, content: bytes = b"backup", step=lambda name: None, name: FileName = NAME):
    with Publication(folder, name) as publication:
        os.write(publication.fd, content)
        return publication.publish(str.encode, step)


def files(folder: Path) -> dict[str, bytes]:
    """Each file's content by its name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(params=["with links", "with renameat2", "with neither"])
def links(request, monkeypatch):
    """A file system with hard links, one without, and one on which not even renameat2 works."""

    def refuse(code):
        def call(source, target, **options):
            raise OSError(code, os.strerror(code))

        return call

    if request.param != "with links":
        monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    if request.param == "with neither":
        monkeypatch.setattr(_durable, "_renameat2", refuse(errno.EINVAL))


@pytest.mark.usefixtures("links")
def test_published(tmp_path):
    """The file and its sidecar, which knows the file's name, and nothing else."""
    file, sidecar = publish(tmp_path)
    assert (file.name, sidecar.name) == (FIRST, beside(FIRST))
    assert files(tmp_path) == {FIRST: b"backup", beside(FIRST): FIRST.encode()}


def test_while_it_is_written(tmp_path):
    """What is being written has mode 0600 and another name, by which nobody takes it for a backup."""
    with Publication(tmp_path, NAME):
        assert list(files(tmp_path)) == [f"{FIRST}.part"]
        assert (tmp_path / f"{FIRST}.part").stat().st_mode & 0o777 == 0o600
    assert files(tmp_path) == {}


@pytest.mark.parametrize("taken", [FIRST, beside(FIRST), f"{FIRST}.part"])
@pytest.mark.usefixtures("links")
def test_what_is_there_stays(tmp_path, taken):
    """Where one of its names is taken, it takes the next number, and overwrites nothing."""
    (tmp_path / taken).write_bytes(b"older")
    with (tmp_path / taken).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        publish(tmp_path)
    assert files(tmp_path) == {taken: b"older", SECOND: b"backup", beside(SECOND): SECOND.encode()}


def test_a_number_that_was_freed(tmp_path):
    """A number of this second is not given again: the newest has the highest, whatever was removed since."""
    for _ in range(2):
        publish(tmp_path)
    for name in (FIRST, beside(FIRST)):
        (tmp_path / name).unlink()
    file, _ = publish(tmp_path, name=replace(NAME, extension=".sql"))
    assert file.name == "shop_20260131-235958-3.sql"


def test_a_dangling_link_stays(tmp_path):
    """A backup is not written to where a symbolic link of its name leads."""
    (tmp_path / FIRST).symlink_to(tmp_path / "elsewhere")
    (tmp_path / f"{SECOND}.part").symlink_to(tmp_path / "elsewhere")
    file, _ = publish(tmp_path)
    assert file.name == "shop_20260131-235958-3.tar.gz"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("step", "taken"), [("publish", FIRST), ("publish", beside(FIRST)), ("sidecar", beside(FIRST))]
)
@pytest.mark.usefixtures("links")
def test_a_file_that_appears_in_between(tmp_path, taken, step):
    """A file that somebody puts there at the last moment stays, and the backup takes the next number."""

    def appear(name):
        if name == step:
            with suppress(FileExistsError), (tmp_path / taken).open("xb") as file:
                file.write(b"theirs")

    publish(tmp_path, step=appear)
    assert files(tmp_path) == {taken: b"theirs", SECOND: b"backup", beside(SECOND): SECOND.encode()}


@pytest.mark.parametrize("step", ["publish", "sidecar"])
@pytest.mark.usefixtures("links")
def test_an_error_in_between(tmp_path, step):
    """Whatever is raised at a step, nothing remains."""

    def fail(name):
        if name == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(tmp_path, step=fail)
    assert files(tmp_path) == {}


@pytest.mark.parametrize("call", [1, 2, 3])
@pytest.mark.usefixtures("links")
def test_a_folder_that_cannot_be_synced(tmp_path, monkeypatch, call):
    """Where the folder cannot be synced, also behind the last name, that is raised, and nothing remains."""
    calls = []

    def sync(folder):
        calls.append(folder)
        if len(calls) == call:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(publishing, "sync_folder", sync)
    with pytest.raises(OSError, match="Input/output error"):
        publish(tmp_path)
    assert files(tmp_path) == {}


def test_somebody_elses_file_is_not_taken_away(tmp_path):
    """What replaced the backup's file in between stays, even where the backup fails then."""

    def replace_it(name):
        if name == "sidecar":
            (tmp_path / "new").write_bytes(b"theirs")
            (tmp_path / "new").replace(tmp_path / FIRST)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        publish(tmp_path, step=replace_it)
    assert files(tmp_path) == {FIRST: b"theirs"}


def test_the_dead_are_cleared_away(tmp_path):
    """What killed backups of the same name have left goes with the next one; others' and the living's stays."""
    dead = ["shop_20250101-000000.tar.gz.part", "shop_20250101-000000-2.sql.age.meta.json.part"]
    others = ["shop2_20250101-000000.tar.gz.part", "shop.part", "my.part"]
    for name in [*dead, *others]:
        (tmp_path / name).write_bytes(b"")
    with Publication(tmp_path, replace(NAME, moment=datetime(2025, 6, 1, tzinfo=UTC))):
        publish(tmp_path)
        assert sorted(files(tmp_path)) == sorted([*others, "shop_20250601-000000.tar.gz.part", FIRST, beside(FIRST)])


def test_a_part_that_was_swept_before_it_was_locked(tmp_path, monkeypatch):
    """A sweep between the creation of a file and its lock costs nothing: another file is created."""
    lock, swept = fcntl.flock, []

    def sweep_first(fd, how):
        if not swept:
            swept.append((tmp_path / f"{FIRST}.part").unlink())
        return lock(fd, how)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    publish(tmp_path)
    assert files(tmp_path) == {FIRST: b"backup", beside(FIRST): FIRST.encode()}


@pytest.mark.parametrize("reason", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_without_locks(tmp_path, monkeypatch, reason):
    """On a file system without locks a backup is published too, and nothing is taken for a dead one's."""

    def refuse(fd, how):
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(fcntl, "flock", refuse)
    (tmp_path / "shop_20250101-000000.tar.gz.part").write_bytes(b"")
    publish(tmp_path)
    assert len(files(tmp_path)) == 3


def test_the_numbers_of_a_second_end(tmp_path, monkeypatch):
    """More backups in a second than there are numbers are an error, not an endless loop."""
    monkeypatch.setattr(publishing, "MAX_NUMBER", 2)
    publish(tmp_path)
    publish(tmp_path)
    with pytest.raises(FileExistsError, match="2 backups of this second are there"):
        publish(tmp_path)
    assert len(files(tmp_path)) == 4
