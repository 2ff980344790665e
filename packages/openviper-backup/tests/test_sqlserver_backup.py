"""What ``sqlcmd`` is told in a backup; there is no SQL Server, and a stub that records it."""

from __future__ import annotations

import re

import pytest
from archive_making import read_all
from sqlserver_told import NAME, URL, backed_up, statements
from vendor_site import content, left
from vendor_sqlcmd import BACKUP

from openviper.backup.backup import backup_database
from openviper.backup.errors import BackupError, InvalidInput, ToolFailed, ToolMissing

FORM = ["-h", "-1", "-W", "-s", "\x1f", "-w", "65535"]
COMMON = ["-S", "tcp:db.example,1433", "-U", "ada", "-d", "master", "-N", "-C", "-b", "-x", "-r1", *FORM]


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
    """The password goes by its variable, and nowhere else."""
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
    """Host, port and user are the URL's; without a user, the account is the system's."""
    await backup_database(url, server_folder=shared)
    call = stubs.calls()[0]
    assert call["arguments"][: len(arguments) + 2] == [*arguments, "-d", "master"]
    assert call["variables"]["SQLCMDPASSWORD"] == password


@pytest.mark.parametrize(
    ("url", "options", "words"),
    [
        (URL, {"server_folder": None}, "SQL Server writes and reads backups on the database server: name a folder"),
        (URL, {"server_folder": "shared"}, "'shared' is not an absolute path"),
        (URL, {"server_folder": "/nowhere"}, "'/nowhere' is not a folder on this machine"),
        (URL, {"count_rows": True}, "--count-rows is not for SQL Server"),
        (URL, {"globals_file": "g.sql"}, "--globals is not for SQL Server"),
        ("mssql://ada:hunter@db.example", {}, "names no database"),
        ("mssql+pyodbc:///x?odbc_connect=DRIVER", {}, "names no database"),
        ("mssql://ada:hunter@db.example/x%0A!!ls", {}, "unprintable characters"),
    ],
)
async def test_refused(shared, stubs, url, options, words):
    """What cannot be given to the server is refused before anything is run."""
    with pytest.raises(InvalidInput, match=re.escape(words)):
        await backup_database(url, **{"server_folder": shared, **options})
    assert stubs.calls() == []


async def test_no_tool(shared, monkeypatch):
    """A missing sqlcmd is named, with its engine and where to get it."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissing, match=r"'sqlcmd' is not on PATH, and SQL Server needs it; install it: https://"):
        await backed_up(shared)


@pytest.mark.parametrize("text", ["BACKUP DATABASE", "VERIFYONLY"])
async def test_a_backup_fails(shared, stubs, text):
    """A failed backup leaves nothing, neither here nor in the server's folder."""
    stubs.fail(**{text: 1})
    with pytest.raises(ToolFailed, match="sqlcmd exited 1: Msg 3201"):
        await backed_up(shared)
    assert (left(shared), left("kept")) == ([], [])


async def test_another_folder_than_the_servers(shared, stubs, monkeypatch):
    """Where the server has written to another folder than --server-dir, that is said."""
    monkeypatch.setenv("ELSEWHERE", "1")
    with pytest.raises(BackupError, match="--server-dir must be one folder, shared under the same path"):
        await backed_up(shared)
