"""What is told to Oracle; there is none, and stubs of ``expdp`` and ``impdp`` that record it."""

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
    IncompleteDump,
    InvalidInput,
    RestoreRefused,
    SwapUnfinished,
    ToolFailed,
    ToolMissing,
)
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup

URL = "oracle+oracledb://shop:hunter%402'@db.example/?service_name=FREEPDB1&directory=BACKUPS"
DUMP = b"\x03\x01" + bytes(range(256)) * 4000
USERID = """USERID=shop/"hunter@2'"@//db.example:1521/FREEPDB1"""


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """A folder that the server shares."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "shared"
    folder.mkdir()
    monkeypatch.setenv("SHARED", str(folder))
    return folder


@pytest.fixture
def stubs(tmp_path, monkeypatch):
    made = Stubs(tmp_path / "stubs", "expdp", "impdp")
    monkeypatch.setenv("PATH", str(made.path), prepend=":")
    return made


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if not path.name.endswith(".lock")]


def content(path: str) -> bytes:
    return Path(path).read_bytes()


def is_there(path: str) -> bool:
    return Path(path).exists()


def told(stubs) -> list[list[str]]:
    """The program and its parameters, with the names of files and jobs as ``NAME``."""
    return [
        [call["name"], *(re.sub(r"(?i)openviper_[0-9a-f]+", "NAME", line) for line in call["parameters"])]
        for call in stubs.calls()
    ]


async def backed_up(shared) -> str:
    return (await backup_database(URL, "kept", server_folder=shared)).location


async def test_backup(shared, stubs):
    """The server exports the user's schema as of one moment; its file goes into the archive."""
    result = await backup_database(URL, server_folder=shared)
    assert told(stubs) == [
        [
            "expdp",
            USERID,
            "DIRECTORY=BACKUPS",
            "SCHEMAS=SHOP",
            "DUMPFILE=NAME.dmp",
            "FLASHBACK_TIME=SYSTIMESTAMP",
            "LOGFILE=NAME.log",
            "JOB_NAME=NAME",
        ]
    ]
    assert read_all(content(result.location)) == DUMP
    assert result.engine == "oracle"
    assert result.notes == ("Oracle: command construction tested, never run against a server",)
    assert left(shared) == []


async def test_the_parameter_file(shared, stubs):
    """It alone has the password, its owner alone may read it, and it is gone."""
    await backed_up(shared)
    (call,) = stubs.calls()
    assert call["mode"] == 0o600
    (argument,) = call["arguments"]
    assert re.fullmatch(r"PARFILE=/.*openviper-backup-\w+\.par", argument)
    assert not is_there(argument.removeprefix("PARFILE="))
    assert call["variables"]["NLS_LANG"] == "AMERICAN_AMERICA.AL32UTF8"
    assert call["input"] == ""


@pytest.mark.parametrize(
    ("url", "userid", "schema"),
    [
        (
            "oracle://ada:s3@db.example:1600/?service_name=shop.example",
            'ada/"s3"@//db.example:1600/shop.example',
            "ADA",
        ),
        (
            "oracle://ada:s3@db.example/XE",
            'ada/"s3"@"(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db.example)(PORT=1521))(CONNECT_DATA=(SID=XE)))"',
            "ADA",
        ),
        ("oracle://ada:s3@shop_high", 'ada/"s3"@shop_high', "ADA"),
        ("oracle://ada:s3@[::1]/?service_name=x", 'ada/"s3"@//[::1]:1521/x', "ADA"),
        ("oracle://my%20shop:s3@shop_high", '"my shop"/"s3"@shop_high', '"my shop"'),
    ],
)
async def test_where(shared, stubs, url, userid, schema):
    """A service, a SID or a TNS name, as SQLAlchemy's URLs have them."""
    await backup_database(url, server_folder=shared)
    assert told(stubs)[0][1:4] == [f"USERID={userid}", "DIRECTORY=DATA_PUMP_DIR", f"SCHEMAS={schema}"]


@pytest.mark.parametrize(
    ("url", "options", "words"),
    [
        (URL, {"server_folder": None}, "Oracle writes and reads backups on the database server: name a folder"),
        (URL, {"count_rows": True}, "--count-rows is not for Oracle"),
        ("oracle://db.example/XE", {}, "names no user, password or host"),
        ("oracle://ada@db.example/XE", {}, "names no user, password or host"),
        ("oracle://ada:hun%22ter@db.example/XE", {}, "has a double quote"),
        ("oracle://ada:hun%0Ater@db.example/XE", {}, "has a double quote or what is unprintable"),
        ("oracle://ada:hunter@db.example/X)E", {}, "impossible service or SID"),
        ("oracle://ada:hunter@db.example/XE?directory=a%0AFULL=Y", {}, "is no name of a directory object"),
    ],
)
async def test_refused(shared, stubs, url, options, words):
    """Before anything is run; with what would be accepted, and without the password."""
    with pytest.raises(InvalidInput, match=re.escape(words)) as raised:
        await backup_database(url, **{"server_folder": shared, **options})
    assert "hun" not in str(raised.value)
    assert stubs.calls() == []


async def test_no_tool(shared, monkeypatch):
    """Which, for which engine, and where to get it."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissing, match="'expdp' is not on PATH, and Oracle needs it; install it: Oracle Instant"):
        await backed_up(shared)


@pytest.mark.parametrize("code", [1, 5])
async def test_a_backup_fails(shared, stubs, code):
    """There is none, also where the job was completed with errors; the server's job is ended."""
    stubs.fail(FLASHBACK_TIME=code)
    with pytest.raises(ToolFailed, match=f"expdp exited {code}: ORA-39002: invalid operation"):
        await backed_up(shared)
    assert told(stubs)[-1] == ["expdp", USERID, "DIRECTORY=BACKUPS", "ATTACH=NAME"]
    first, last = stubs.calls()
    assert last["input"] == "KILL_JOB\nYES\n"
    assert last["parameters"][-1].partition("=")[2] == first["parameters"][-1].partition("=")[2]
    assert (left(shared), left(Path("kept"))) == ([], [])


async def test_without_a_last_line(shared, stubs, monkeypatch):
    """A log that does not say that all went well is a failure."""
    monkeypatch.setenv("ENDING", "stopped due to fatal error")
    with pytest.raises(IncompleteDump, match="does not say that all went well"):
        await backed_up(shared)
    assert (left(shared), left(Path("kept"))) == ([], [])


async def test_another_folder_than_the_servers(shared, stubs, monkeypatch, tmp_path):
    """The server has written its files, and not here."""
    monkeypatch.setenv("SHARED", str(tmp_path))
    with pytest.raises(BackupError, match="--server-dir must be the folder of the directory object"):
        await backed_up(shared)


async def test_a_backup_is_stopped(shared, stubs):
    """The server's job is ended too."""
    stubs.fail(FLASHBACK_TIME=-1)
    task = asyncio.ensure_future(backup_database(URL, server_folder=shared))
    await asyncio.to_thread(until, stubs.calls, "it does not begin")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stubs.calls()[-1]["input"] == "KILL_JOB\nYES\n"


async def test_restore(shared, stubs):
    """The server says first what it would do, then replaces the tables."""
    file = await backed_up(shared)
    result = await restore_database(file, URL, server_folder=shared, force=True)
    common = ["impdp", USERID, "DIRECTORY=BACKUPS", "SCHEMAS=SHOP", "DUMPFILE=NAME.dmp"]
    assert told(stubs)[1:] == [
        [*common, "SQLFILE=NAME.sql", "LOGFILE=NAME.log", "JOB_NAME=NAME"],
        [*common, "TABLE_EXISTS_ACTION=REPLACE", "LOGFILE=NAME.log", "JOB_NAME=NAME"],
    ]
    assert content("stubs/restored") == DUMP
    assert result.target == "oracle+oracledb://shop@db.example/"
    assert left(shared) == []


async def test_without_force(shared, stubs):
    """Nobody can say whether there is data, so that it is asked about."""
    file = await backed_up(shared)
    with pytest.raises(RestoreRefused, match="holds data"):
        await restore_database(file, URL, server_folder=shared)
    assert len(stubs.calls()) == 1


async def test_a_bad_backup(shared, stubs):
    """What the server cannot read is not restored."""
    file = await backed_up(shared)
    stubs.fail(SQLFILE=1)
    with pytest.raises(ToolFailed):
        await restore_database(file, URL, server_folder=shared, force=True)
    assert not any("TABLE_EXISTS_ACTION" in line for call in told(stubs) for line in call)


async def test_a_restore_fails(shared, stubs):
    """It may be restored in part, which is said with what to do."""
    file = await backed_up(shared)
    stubs.fail(TABLE_EXISTS_ACTION=5)
    with pytest.raises(SwapUnfinished, match=r"schema SHOP was not finished.* restore it again, from 'kept/.*exited 5"):
        await restore_database(file, URL, server_folder=shared, force=True)
    assert left(shared) == []


@pytest.mark.parametrize("options", [{"keep_old": True}])
async def test_restore_refused(shared, stubs, options):
    """What Data Pump cannot do is no silent difference."""
    file = await backed_up(shared)
    with pytest.raises(InvalidInput, match="--keep-old is not for Oracle"):
        await restore_database(file, URL, server_folder=shared, force=True, **options)


async def test_verify(shared, stubs):
    """It is said that there is no such thing."""
    file = await backed_up(shared)
    with pytest.raises(RestoreRefused, match="verify-db is not for Oracle"):
        await verify_backup(file, URL, server_folder=shared)
