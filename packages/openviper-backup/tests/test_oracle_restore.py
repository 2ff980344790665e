"""What ``impdp`` is told; there is no Oracle, and a stub that records it."""

from __future__ import annotations

import re

import pytest
from oracle_told import URL, USERID, backed_up, told
from vendor_pump import DUMP
from vendor_site import left

from openviper.backup.errors import InvalidInput, RestoreRefused, SwapUnfinished, ToolFailed
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup

USER = 'ORA-31684: Object type USER:"SHOP" already exists'
OBJECTS = [("USER:", ""), *(("SEQUENCE:", f'."S{number}"') for number in range(12))]


async def test_restore(shared, stubs):
    """The server says first what it would do, then replaces the tables."""
    file = await backed_up(shared)
    result = await restore_database(file, URL, server_folder=shared, force=True)
    common = ["impdp", USERID, "DIRECTORY=BACKUPS", "SCHEMAS=SHOP", "DUMPFILE=NAME.dmp"]
    assert told(stubs)[1:] == [
        [*common, "SQLFILE=NAME.sql", "LOGFILE=NAME.log", "JOB_NAME=NAME"],
        [*common, "TABLE_EXISTS_ACTION=REPLACE", "LOGFILE=NAME.log", "JOB_NAME=NAME"],
    ]
    assert stubs.restored() == DUMP
    assert result.target == "oracle+oracledb://shop@db.example/"
    assert left(shared) == []


async def test_without_force(shared, stubs):
    """A schema counts as one that holds data, since nobody can tell."""
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


@pytest.mark.parametrize("code", [1, 5])
async def test_a_restore_fails(shared, stubs, code):
    """A failed import may have restored a part, which is said with what to do."""
    file = await backed_up(shared)
    stubs.fail(TABLE_EXISTS_ACTION=code)
    words = rf"schema SHOP was not finished.* restore it again, from 'kept/.*impdp exited {code}"
    with pytest.raises(SwapUnfinished, match=words):
        await restore_database(file, URL, server_folder=shared, force=True)
    assert left(shared) == []


async def test_what_stands_already(shared, stubs, monkeypatch):
    """What Data Pump does not replace is named, as what is to be dropped; the user is not."""
    file = await backed_up(shared)
    stubs.fail(TABLE_EXISTS_ACTION=5)
    there = [f'ORA-31684: Object type {each}"SHOP"{rest} already exists' for each, rest in OBJECTS]
    monkeypatch.setenv("ERRORS", "\n".join([*there, "ORA-39111: Dependent object type COMMENT skipped"]))
    words = 'these were there already: \'SEQUENCE:"SHOP"."S0"\', \'SEQUENCE:"SHOP"."S1"\''
    with pytest.raises(SwapUnfinished, match=re.escape(words)) as raised:
        await restore_database(file, URL, server_folder=shared, force=True)
    assert " and 2 more; drop them, and restore 'kept/" in str(raised.value)
    assert left(shared) == []


@pytest.mark.parametrize(
    ("errors", "is_whole"), [([USER], True), ([USER, "ORA-39083: Object type INDEX failed"], False)]
)
async def test_the_user_stands_already(shared, stubs, monkeypatch, errors, is_whole):
    """An import whose only error is that the user is there already is whole."""
    file = await backed_up(shared)
    stubs.fail(TABLE_EXISTS_ACTION=5)
    monkeypatch.setenv("ERRORS", "\n".join(errors))
    if is_whole:
        await restore_database(file, URL, server_folder=shared, force=True)
    else:
        with pytest.raises(SwapUnfinished, match="may be restored in part"):
            await restore_database(file, URL, server_folder=shared, force=True)
    assert left(shared) == []


async def test_what_cannot_be_removed(shared, stubs):
    """A file of the server's that cannot be removed does not fail a restore that is done; it is named."""

    def in_the_way(progress):
        for path in shared.glob("*.sql") if progress.step == "swap" else ():
            path.unlink()
            path.mkdir()

    file = await backed_up(shared)
    result = await restore_database(file, URL, server_folder=shared, force=True, on_progress=in_the_way)
    (name,) = left(shared)
    assert result.notes[-1].startswith(f"{str(shared / name)!r}, which the server has made, cannot be removed")


async def test_restore_refused(shared, stubs):
    """An option that Data Pump has nothing for is refused."""
    file = await backed_up(shared)
    with pytest.raises(InvalidInput, match="--keep-old is not for Oracle"):
        await restore_database(file, URL, server_folder=shared, force=True, keep_old=True)


async def test_verify(shared, stubs):
    """verify-db is refused for Oracle."""
    file = await backed_up(shared)
    with pytest.raises(RestoreRefused, match="verify-db is not for Oracle"):
        await verify_backup(file, URL)
