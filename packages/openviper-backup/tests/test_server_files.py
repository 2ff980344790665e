"""Files that a server and this machine share, and the locks among them."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import stat
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlserver_told import URL, backed_up

from openviper.backup._server_folder.files import FileDump, ServerFiles, locked, staged
from openviper.backup.errors import BackupError, TargetBusy
from openviper.backup.job import Job
from openviper.backup.restore import restore_database


@pytest.fixture
def everybodys():
    """A sticky folder that everybody may write to, as /tmp is."""
    folder = Path("/tmp") / f"openviper_{os.urandom(8).hex()}"
    folder.mkdir()
    folder.chmod(0o1777)
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "mssql://db.example:1433/my%20%5Dshop'",
        "mssql+pyodbc://eve:other@DB.example/My%20%5DShop'?Encrypt=no",
    ],
)
async def test_two_at_once(shared, stubs, url):
    """A second restore is refused, however the database's URL is written."""
    file = await backed_up(shared)

    def again(question):
        with pytest.raises(TargetBusy, match=r"Another restore of .db\.example:1433/[Mm]y "):
            asyncio.run(restore_database(file, url, server_folder=shared, force=True))
        return True

    await restore_database(file, URL, server_folder=shared, confirm=again)


@pytest.mark.parametrize(
    ("folder", "mode"), [(0o700, 0o600), (0o750, 0o600), (0o770, 0o660), (0o1777, 0o666), (0o2775, 0o660)]
)
def test_who_may_lock(tmp_path, folder, mode):
    """Whoever may write to the folder may lock in it, whatever the mask says."""
    tmp_path.chmod(folder)
    before = os.umask(0o077)
    try:
        with locked(tmp_path, "shop"):
            (path,) = tmp_path.glob(".openviper_*.lock")
            assert stat.S_IMODE(path.stat().st_mode) == mode
    finally:
        os.umask(before)


@pytest.mark.parametrize(("folder", "mode"), [(0o700, 0o600), (0o750, 0o640), (0o770, 0o640), (0o2775, 0o644)])
def test_who_may_read_what_is_staged(tmp_path, folder, mode):
    """Whoever may read the folder, the server above all, whatever the mask says."""
    tmp_path.chmod(folder)
    before = os.umask(0o077)
    try:
        staged(tmp_path / "dump").close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "dump").stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")
def test_the_lock_of_another_user(everybodys):
    """A lock that another user has made is taken, and is busy, as one's own."""
    with locked(everybodys, "shop"):
        pass
    os.seteuid(65534)
    try:
        with locked(everybodys, "shop"), pytest.raises(TargetBusy), locked(everybodys, "shop"):
            pass
    finally:
        os.seteuid(0)


def test_a_lock_that_is_a_link(tmp_path):
    """A link in the place of a lock is not followed: others can write to the folder."""
    with locked(tmp_path, "shop"):
        (path,) = tmp_path.glob(".openviper_*.lock")
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BackupError, match=r"cannot be locked \(--server-dir\)"), locked(tmp_path, "shop"):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_without_locks(tmp_path, monkeypatch):
    """Where no lock can be had, two restores could run at a time: refused."""

    def refuse(*_arguments):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refuse)
    refused = r"The restore cannot be locked \(--server-dir\): '.*\.lock': No locks available"
    with pytest.raises(BackupError, match=refused), locked(tmp_path, "shop"):
        pass


def test_a_folder_that_is_gone(tmp_path):
    """A folder that is gone is named with its option."""
    with pytest.raises(BackupError, match=r"\(--server-dir\).*No such file"):
        staged(tmp_path / "gone" / "x.bak")


def test_files_are_removed(tmp_path):
    """All files that were made are removed, also where something fails; one that was not made is no error."""
    files = ServerFiles(tmp_path)
    files.new(".bak").write_bytes(b"x")
    files.new(".log")
    with pytest.raises(KeyError), files:
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_removed(tmp_path, caplog):
    """A file that cannot be removed is named: in a note where all went well, else in the log."""
    for has_failed in (False, True):
        files = ServerFiles(tmp_path)
        path = files.new(".bak")
        path.mkdir()
        if has_failed:
            with caplog.at_level(logging.WARNING), pytest.raises(KeyError), files:
                raise KeyError
            (told,) = caplog.messages
        else:
            (told,) = files.remove()
        assert told.startswith(f"{str(path)!r}, which the server has made, cannot be removed")


def test_a_dump_that_cannot_be_read(tmp_path):
    """A disk's error while the dump is read is raised as one of this package's."""
    words = "What the server has written cannot be read"
    with ExitStack() as stack:
        job = stack.enter_context(Job())
        dump = stack.enter_context(closing(FileDump(Path("/proc/self/mem"), ServerFiles(tmp_path), (), job)))
        stack.enter_context(pytest.raises(BackupError, match=words))
        dump.read(10)
