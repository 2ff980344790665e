"""What ``sqlcmd`` is told in a restore; there is no SQL Server, and a stub that records it."""

from __future__ import annotations

import asyncio
import re

import pytest
from backup_terminal import until
from sqlserver_told import IF_ONLINE, NAME, TEXT, URL, backed_up, statements
from vendor_site import left
from vendor_sqlcmd import BACKUP

from openviper.backup.backup import backup_database
from openviper.backup.errors import Interrupted, InvalidArchive, RestoreRefused, SwapUnfinished, ToolFailed
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup


async def test_restore(shared, stubs):
    """A backup is verified, then put over the database in one batch, which ends with everybody being let in."""
    file = await backed_up(shared)
    before = len(stubs.calls())
    result = await restore_database(file, URL, server_folder=shared, force=True)
    assert statements(stubs)[before:] == [
        f"SET NOCOUNT ON; SELECT CASE WHEN DB_ID({TEXT}) IS NULL THEN 0 ELSE 1 END;",
        "SET NOCOUNT ON; RESTORE HEADERONLY FROM DISK = FILE;",
        "RESTORE VERIFYONLY FROM DISK = FILE;",
        f"{IF_ONLINE} ALTER DATABASE {NAME} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; "
        f"RESTORE DATABASE {NAME} FROM DISK = FILE WITH REPLACE; "
        f"{IF_ONLINE} ALTER DATABASE {NAME} SET MULTI_USER;",
    ]
    assert stubs.restored() == BACKUP
    assert result.target == "mssql+pyodbc://ada@db.example/my ]shop'"
    assert left(shared) == []


@pytest.mark.parametrize("exists", ["1", "0"])
async def test_without_force(shared, stubs, monkeypatch, exists):
    """A database that is there is not replaced unasked; one that is not is made."""
    file = await backed_up(shared)
    monkeypatch.setenv("EXISTS", exists)
    if exists == "1":
        with pytest.raises(RestoreRefused, match="holds data"):
            await restore_database(file, URL, server_folder=shared)
        assert not any("REPLACE" in each for each in statements(stubs))
    else:
        await restore_database(file, URL, server_folder=shared)


async def test_a_backup_that_is_none(shared, stubs, tmp_path):
    """A file that the server did not write is not even shown to it."""
    (tmp_path / "x.sql").write_bytes(b"SELECT 1;")
    with pytest.raises(InvalidArchive, match="holds no backup of SQL Server"):
        await restore_database("x.sql", URL, server_folder=shared, force=True)
    assert (left(shared), len(stubs.calls())) == ([], 1)


@pytest.mark.parametrize("name", ["My ]shop'", "sales", "NULL", "m?nchen"])
async def test_the_backup_of_another_database(shared, stubs, monkeypatch, name):
    """A backup of another database, over whose files it would be restored, is refused before anything is touched."""
    file = await backed_up(shared)
    monkeypatch.setenv("HEADER", name)
    with pytest.raises(RestoreRefused, match=re.escape(f"is a backup of the database {name!r}")):
        await restore_database(file, URL, server_folder=shared, force=True)
    assert "HEADERONLY" in statements(stubs)[-1]
    assert left(shared) == []


async def test_a_name_that_is_not_ascii(shared, stubs):
    """A name that is not ASCII is written, read and compared as UTF-8."""
    url = "mssql://ada:s3@db.example/m%C3%BCnchen"
    file = (await backup_database(url, "kept", server_folder=shared)).location
    await restore_database(file, url, server_folder=shared, force=True)
    assert {call["variables"]["LC_ALL"] for call in stubs.calls()} == {"C.UTF-8"}
    assert stubs.restored() == BACKUP


async def test_a_bad_backup(shared, stubs):
    """What cannot be verified is not restored."""
    file = await backed_up(shared)
    stubs.fail(VERIFYONLY=1)
    with pytest.raises(ToolFailed):
        await restore_database(file, URL, server_folder=shared, force=True)
    assert not any("SINGLE_USER" in each for each in statements(stubs))


@pytest.mark.parametrize("state", ["RESTORING MULTI_USER", "RECOVERY_PENDING SINGLE_USER"])
async def test_restored_again(shared, stubs, monkeypatch, state):
    """A database that a failed restore has left behind is one that can be restored."""
    file = await backed_up(shared)
    monkeypatch.setenv("STATE", state)
    await restore_database(file, URL, server_folder=shared, force=True)
    assert stubs.restored() == BACKUP


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        ("ONLINE MULTI_USER", ToolFailed, "sqlcmd exited 1"),
        ("", ToolFailed, "sqlcmd exited 1"),
        ("RESTORING MULTI_USER", SwapUnfinished, "the database is RESTORING MULTI_USER: restore it again, from 'kept/"),
        ("ONLINE SINGLE_USER", SwapUnfinished, "the database is ONLINE SINGLE_USER"),
    ],
)
async def test_a_restore_fails(shared, stubs, monkeypatch, state, error, words):
    """A failed restore lets everybody in again, and says what the database is like."""
    file = await backed_up(shared)
    stubs.fail(REPLACE=1)
    monkeypatch.setenv("STATE", state)
    with pytest.raises(error, match=re.escape(words)):
        await restore_database(file, URL, server_folder=shared, force=True)
    assert statements(stubs)[-2] == f"{IF_ONLINE} ALTER DATABASE {NAME} SET MULTI_USER;"
    assert left(shared) == []


@pytest.mark.parametrize("state", ["ONLINE MULTI_USER", "RESTORING MULTI_USER"])
async def test_a_restore_is_stopped(shared, stubs, monkeypatch, state):
    """A cancelled restore lets everybody in again, though its job is over."""
    file = await backed_up(shared)
    stubs.fail(REPLACE=-1)
    monkeypatch.setenv("STATE", state)
    swapping = asyncio.Event()
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(
        restore_database(
            file,
            URL,
            server_folder=shared,
            force=True,
            on_progress=lambda progress: progress.step == "swap" and loop.call_soon_threadsafe(swapping.set),
        )
    )
    await asyncio.wait_for(swapping.wait(), 60)
    await asyncio.to_thread(until, lambda: any("REPLACE" in each for each in statements(stubs)), "it does not begin")
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await task
    assert type(raised.value.__cause__) is (Interrupted if state.startswith("ONLINE") else SwapUnfinished)
    assert left(shared) == []


async def test_who_may_read_what_is_staged(shared, stubs, monkeypatch):
    """Whoever may read the folder may read what is staged in it: the server is another user."""
    file = await backed_up(shared)
    shared.chmod(0o770)
    modes = []
    await restore_database(
        file,
        URL,
        server_folder=shared,
        force=True,
        on_progress=lambda progress: modes.extend(oct(path.stat().st_mode)[-3:] for path in shared.glob("*.bak")),
    )
    assert set(modes) == {"640"}


async def test_verify(shared, stubs):
    """verify-db is refused for SQL Server."""
    file = await backed_up(shared)
    with pytest.raises(RestoreRefused, match="verify-db is not for SQL Server"):
        await verify_backup(file, URL)
