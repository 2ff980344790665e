"""What ``expdp`` is told; there is no Oracle, and a stub that records it."""

from __future__ import annotations

import asyncio
import re

import pytest
from archive_making import read_all
from backup_terminal import until
from oracle_told import URL, USERID, backed_up, told
from vendor_pump import DUMP
from vendor_site import content, is_there, left

from openviper.backup.backup import backup_database
from openviper.backup.errors import BackupError, IncompleteDump, Interrupted, InvalidInput, ToolFailed, ToolMissing


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
    """The password stands in the parameter file alone, which only its owner may read, and which is gone at the end."""
    await backed_up(shared)
    (call,) = stubs.calls()
    assert call["mode"] == 0o600
    (argument,) = call["arguments"]
    assert re.fullmatch(r"PARFILE=/.*openviper-backup-\w+/parameters\.par", argument)
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
    """A URL names a service, a SID or a TNS name as SQLAlchemy's do."""
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
        ("oracle://ada:hun%0Ater@db.example/XE", {}, "has a double quote or an unprintable character"),
        ("oracle://ada:hunter@db.example/X)E", {}, "impossible service or SID"),
        ("oracle://ada:hunter@db.example/XE?directory=a%0AFULL=Y", {}, "is not the name of a directory object"),
    ],
)
async def test_refused(shared, stubs, url, options, words):
    """What cannot be given to Data Pump is refused before anything is run, and the password is not shown."""
    with pytest.raises(InvalidInput, match=re.escape(words)) as raised:
        await backup_database(url, **{"server_folder": shared, **options})
    assert "hun" not in str(raised.value)
    assert stubs.calls() == []


async def test_no_tool(shared, monkeypatch):
    """A missing expdp is named, with its engine and where to get it."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissing, match="'expdp' is not on PATH, and Oracle needs it; install it: Oracle Instant"):
        await backed_up(shared)


async def test_a_backup_fails(shared, stubs):
    """A failed export leaves no backup, and the server's job is ended, by ATTACH with nothing beside it."""
    stubs.fail(FLASHBACK_TIME=1)
    with pytest.raises(ToolFailed, match="expdp exited 1: ORA-39002: invalid operation"):
        await backed_up(shared)
    first, last = stubs.calls()
    assert last["parameters"] == [USERID, first["parameters"][-1].replace("JOB_NAME", "ATTACH")]
    assert last["parameters"][1] == f"ATTACH={stubs.ended()}"
    assert (left(shared), left("kept")) == ([], [])


async def test_a_backup_with_errors(shared, stubs):
    """A job that came to its end with errors leaves no backup, and nothing that is to be ended."""
    stubs.fail(FLASHBACK_TIME=5)
    with pytest.raises(ToolFailed, match=r"expdp exited 5: .*ORA-39171"):
        await backed_up(shared)
    assert len(stubs.calls()) == 1
    assert (left(shared), left("kept")) == ([], [])


async def test_without_a_last_line(shared, stubs, monkeypatch):
    """A log that does not say that all went well is a failure."""
    monkeypatch.setenv("ENDING", "stopped due to fatal error")
    with pytest.raises(IncompleteDump, match="does not say that all went well"):
        await backed_up(shared)
    assert (left(shared), left("kept")) == ([], [])


async def test_another_folder_than_the_servers(shared, stubs, monkeypatch, tmp_path):
    """Where the server has written to another folder than --server-dir, that is said."""
    monkeypatch.setenv("SHARED", str(tmp_path))
    with pytest.raises(BackupError, match="--server-dir must be the folder of the directory object"):
        await backed_up(shared)


@pytest.mark.parametrize("can_end", [True, False])
async def test_a_backup_is_stopped(shared, stubs, monkeypatch, can_end):
    """A cancelled backup ends the server's job; where that cannot be done, it is said how to."""
    stubs.fail(FLASHBACK_TIME=-1)
    task = asyncio.ensure_future(backup_database(URL, server_folder=shared))
    await asyncio.to_thread(until, stubs.calls, "it does not begin")
    if not can_end:
        monkeypatch.setenv("NO_JOB", "1")
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await task
    job = stubs.calls()[0]["parameters"][-1].removeprefix("JOB_NAME=")
    assert stubs.ended() == (job if can_end else "")
    cause = raised.value.__cause__
    assert type(cause) is Interrupted
    by_hand = (
        f"the server's job {job} may still run: end it by expdp ATTACH={job} and its KILL_JOB (expdp exited 1: ORA-"
    )
    assert (by_hand in str(cause)) is not can_end


async def test_what_cannot_be_removed(shared, stubs):
    """A good backup is kept, and it is said which file of the server's is still there."""

    def in_the_way(progress):
        for path in shared.glob("*.dmp") if progress.step == "dump" else ():
            if path.is_file():
                path.unlink()
                path.mkdir()

    result = await backup_database(URL, server_folder=shared, on_progress=in_the_way)
    (name,) = left(shared)
    assert result.notes[1].startswith(f"{str(shared / name)!r}, which the server has made, cannot be removed")
    assert read_all(content(result.location)) == DUMP
