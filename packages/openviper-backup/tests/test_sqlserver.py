"""What is told to SQL Server; there is none, and a stub of ``sqlcmd`` that records it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from archive_making import read_all
from backup_terminal import until
from vendor_stubs import Stubs

from openviper.backup.backup import backup_database
from openviper.backup.errors import (
    BackupError,
    Interrupted,
    InvalidArchive,
    InvalidInput,
    RestoreRefused,
    SwapUnfinished,
    TargetBusy,
    ToolFailed,
    ToolMissing,
)
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup

URL = "mssql+pyodbc://ada:hunter%402'@db.example/my%20%5Dshop'?TrustServerCertificate=yes&Encrypt=yes&driver=x"
BACKUP = b"TAPE" + bytes(range(256)) * 4000
NAME = "[my ]]shop']"
TEXT = "N'my ]shop'''"
COMMON = ["-S", "tcp:db.example,1433", "-U", "ada", "-d", "master", "-N", "-C", "-b", "-x", "-r1", "-h", "-1", "-W"]


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """A folder that the server shares."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "sha'red"
    folder.mkdir()
    return folder


@pytest.fixture
def stubs(tmp_path, monkeypatch):
    made = Stubs(tmp_path / "stubs", "sqlcmd")
    monkeypatch.setenv("PATH", str(made.path), prepend=":")
    return made


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if not path.name.endswith(".lock")]


def content(path: str) -> bytes:
    return Path(path).read_bytes()


def write(path: str, data: bytes) -> None:
    Path(path).write_bytes(data)


def statements(stubs) -> list[str]:
    """What was told, with the names of files as ``FILE``."""
    return [re.sub(r"N'[^;]*?/openviper_[0-9a-f]{16}\.bak'", "FILE", call["arguments"][-1]) for call in stubs.calls()]


async def backed_up(shared) -> str:
    return (await backup_database(URL, "kept", server_folder=shared)).location


async def test_backup(shared, stubs):
    """The server writes, and verifies; its file goes into the archive, and from the folder."""
    result = await backup_database(URL, server_folder=shared)
    assert statements(stubs) == [
        f"BACKUP DATABASE {NAME} TO DISK = FILE WITH COPY_ONLY, INIT, FORMAT, CHECKSUM;",
        "RESTORE VERIFYONLY FROM DISK = FILE WITH CHECKSUM;",
    ]
    assert "sha''red/openviper_" in stubs.calls()[0]["arguments"][-1]
    assert read_all(content(result.location)) == BACKUP
    assert (result.engine, result.database_name) == ("mssql", "my__shop_")
    assert result.notes == ("SQL Server: command construction tested, never run against a server",)
    assert left(shared) == []


async def test_the_password(shared, stubs):
    """It goes by its variable, and nowhere else."""
    await backed_up(shared)
    for call in stubs.calls():
        assert call["arguments"][:-1] == [*COMMON, "-Q"]
        assert call["variables"]["SQLCMDPASSWORD"] == "hunter@2'"


@pytest.mark.parametrize(
    ("url", "arguments", "password"),
    [
        ("mssql://db.example/shop", ["-S", "tcp:db.example,1433", "-E"], None),
        ("mssql://ada:s3@db.example:1500/shop", ["-S", "tcp:db.example,1500", "-U", "ada"], "s3"),
        ("mssql://ada@[::1]/shop", ["-S", "tcp:::1,1433", "-U", "ada"], None),
        ("mssql://ada:s3@db%5CSQLEXPRESS/shop", ["-S", "db\\SQLEXPRESS", "-U", "ada"], "s3"),
        ("mssql:///shop", ["-S", "tcp:localhost,1433", "-E"], None),
    ],
)
async def test_where(shared, stubs, url, arguments, password):
    """Host, port and user as the URL has them; without a user, the system's own account."""
    await backup_database(url, server_folder=shared)
    call = stubs.calls()[0]
    assert call["arguments"][: len(arguments) + 2] == [*arguments, "-d", "master"]
    assert call["variables"]["SQLCMDPASSWORD"] == password


@pytest.mark.parametrize(
    ("url", "options", "words"),
    [
        (URL, {"server_folder": None}, "SQL Server writes and reads backups on the database server: name a folder"),
        (URL, {"server_folder": "shared"}, "'shared' is no absolute path"),
        (URL, {"server_folder": "/nowhere"}, "'/nowhere' is no folder on this machine"),
        (URL, {"count_rows": True}, "--count-rows is not for SQL Server"),
        (URL, {"globals_file": "g.sql"}, "--globals is not for SQL Server"),
        ("mssql://ada:hunter@db.example", {}, "names no database"),
        ("mssql+pyodbc:///x?odbc_connect=DRIVER", {}, "names no database"),
        ("mssql://ada:hunter@db.example/x%0A!!ls", {}, "unprintable characters"),
    ],
)
async def test_refused(shared, stubs, url, options, words):
    """Before anything is run; with what would be accepted."""
    with pytest.raises(InvalidInput, match=re.escape(words)):
        await backup_database(url, **{"server_folder": shared, **options})
    assert stubs.calls() == []


async def test_no_tool(shared, monkeypatch):
    """Which, for which engine, and where to get it."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissing, match=r"'sqlcmd' is not on PATH, and SQL Server needs it; install it: https://"):
        await backed_up(shared)


@pytest.mark.parametrize("text", ["BACKUP DATABASE", "VERIFYONLY"])
async def test_a_backup_fails(shared, stubs, text):
    """There is none, and nothing is left."""
    stubs.fail(**{text: 1})
    with pytest.raises(ToolFailed, match="sqlcmd exited 1: Msg 3201"):
        await backed_up(shared)
    assert (left(shared), left(Path("kept"))) == ([], [])


async def test_another_folder_than_the_servers(shared, stubs, monkeypatch):
    """The server has written its file, and not here."""
    monkeypatch.setenv("ELSEWHERE", "1")
    with pytest.raises(BackupError, match="--server-dir must be one folder, shared under the same path"):
        await backed_up(shared)


async def test_restore(shared, stubs):
    """Verified, then put over the database in one batch, which ends with everybody being let in."""
    file = await backed_up(shared)
    before = len(stubs.calls())
    result = await restore_database(file, URL, server_folder=shared, force=True)
    assert statements(stubs)[before:] == [
        f"SET NOCOUNT ON; SELECT CASE WHEN DB_ID({TEXT}) IS NULL THEN 0 ELSE 1 END;",
        "RESTORE VERIFYONLY FROM DISK = FILE;",
        f"IF DB_ID({TEXT}) IS NOT NULL ALTER DATABASE {NAME} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; "
        f"RESTORE DATABASE {NAME} FROM DISK = FILE WITH REPLACE; "
        f"IF DB_ID({TEXT}) IS NOT NULL ALTER DATABASE {NAME} SET MULTI_USER;",
    ]
    assert content("stubs/restored") == BACKUP
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


async def test_a_backup_that_is_none(shared, stubs):
    """A file that the server did not write is not even shown to it."""
    write("x.sql", b"SELECT 1;")
    with pytest.raises(InvalidArchive, match="holds no backup of SQL Server"):
        await restore_database("x.sql", URL, server_folder=shared, force=True)
    assert (left(shared), len(stubs.calls())) == ([], 1)


async def test_a_bad_backup(shared, stubs):
    """What cannot be verified is not restored."""
    file = await backed_up(shared)
    stubs.fail(VERIFYONLY=1)
    with pytest.raises(ToolFailed):
        await restore_database(file, URL, server_folder=shared, force=True)
    assert not any("SINGLE_USER" in each for each in statements(stubs))


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
    """Everybody is let in again, and what the database is like is said."""
    file = await backed_up(shared)
    stubs.fail(REPLACE=1)
    monkeypatch.setenv("STATE", state)
    with pytest.raises(error, match=re.escape(words)):
        await restore_database(file, URL, server_folder=shared, force=True)
    assert statements(stubs)[-2] == f"IF DB_ID({TEXT}) IS NOT NULL ALTER DATABASE {NAME} SET MULTI_USER;"
    assert left(shared) == []


@pytest.mark.parametrize("state", ["ONLINE MULTI_USER", "RESTORING MULTI_USER"])
async def test_a_restore_is_stopped(shared, stubs, monkeypatch, state):
    """Likewise, though the job is over."""
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


async def test_two_at_once(shared, stubs):
    """The second is refused."""
    file = await backed_up(shared)

    def again(question):
        with pytest.raises(TargetBusy, match="Another restore of"):
            asyncio.run(restore_database(file, URL, server_folder=shared, force=True))
        return True

    await restore_database(file, URL, server_folder=shared, confirm=again)


async def test_who_may_read_what_is_staged(shared, stubs, monkeypatch):
    """Whoever may read the folder: the server is another user."""
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
    """It is said that there is no such thing."""
    file = await backed_up(shared)
    with pytest.raises(RestoreRefused, match="verify-db is not for SQL Server"):
        await verify_backup(file, URL, server_folder=shared)
