"""Backups of MariaDB while a restore swaps the same database, or was killed in its swap."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from mariadb_swaps import killed, left_over, transaction

from openviper.backup.backup import backup_database
from openviper.backup.errors import IncompleteDump, InvalidInput, SwapUnfinished, TargetBusy
from openviper.backup.restore import restore_database
from openviper.backup.resume import resume_restore

THINGS = """
CREATE TABLE a (side TEXT, text TEXT); INSERT INTO a SELECT 'new', REPEAT(MD5(seq), 30) FROM seq_1_to_6000;
CREATE TABLE b (side TEXT); INSERT INTO b VALUES ('new'); CREATE TRIGGER t BEFORE INSERT ON b FOR EACH ROW SET @a = 1
"""
SIDES = """SELECT DISTINCT side FROM a UNION ALL SELECT side FROM b
UNION ALL SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"""


def at(step, done=0):
    """Return an ``on_progress``, an event that says that its step has come, and one that lets it go on."""
    reached, go = threading.Event(), threading.Event()

    def look(progress):
        if progress.step == step and progress.done >= done and not reached.is_set():
            reached.set()
            go.wait(60)

    return look, reached, go


async def test_a_swap_waits_for_a_backup(mariadb, tmp_path):
    """A backup that runs when a restore comes to its swap is of the old data, in everything."""
    shop = mariadb.fresh(THINGS)
    new = await backup_database(shop.url, tmp_path / "new")
    shop.run("UPDATE a SET side = 'old'; UPDATE b SET side = 'old'; DROP TRIGGER t")
    dumping, is_dumping, go = at("dump", 1 << 20)
    waited, is_waiting, swap = at("swap: wait for a backup")
    swap.set()
    backing_up = asyncio.create_task(backup_database(shop.url, tmp_path / "old", on_progress=dumping))
    await asyncio.to_thread(is_dumping.wait, 60)
    restoring = asyncio.create_task(restore_database(new.location, shop.url, force=True, on_progress=waited))
    await asyncio.to_thread(is_waiting.wait, 60)
    assert is_waiting.is_set()
    go.set()
    old = await backing_up
    await restoring
    assert shop.run(SIDES) == "new\nnew\nt"
    await restore_database(old.location, shop.url, force=True)
    assert shop.run(SIDES) == "old\nold"


async def test_a_swap_that_waits_can_be_cancelled(mariadb, tmp_path):
    """Nothing has begun: the target is as it was, and nothing is left beside it or the backup."""
    shop = mariadb.fresh(THINGS)
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run("UPDATE b SET side = 'old'")
    lock = "SELECT GET_LOCK(CONCAT('openviper:', LEFT(SHA2(DATABASE(), 256), 40), ':b2'), 0)"
    loop = asyncio.get_running_loop()

    def look(progress):
        if progress.step == "swap: wait for a backup":
            loop.call_soon_threadsafe(task.cancel)

    with transaction(mariadb, shop.name, lock):
        task = asyncio.create_task(restore_database(file, shop.url, force=True, on_progress=look))
        with pytest.raises(asyncio.CancelledError):
            await task
    assert shop.run("SELECT side FROM b") == "old"
    assert left_over(shop, file) == []


async def test_no_backup_begins_in_a_swap(mariadb, tmp_path, monkeypatch):
    """It waits for the swap's end, and says what it waits for where that does not come."""
    monkeypatch.setattr("openviper.backup._mariadb.guarding._PATIENCE", 1)
    shop = mariadb.fresh(THINGS)
    file = (await backup_database(shop.url, tmp_path)).location
    swapping, is_swapping, go = at("swap: renamed")
    restoring = asyncio.create_task(restore_database(file, shop.url, force=True, on_progress=swapping))
    await asyncio.to_thread(is_swapping.wait, 60)
    with pytest.raises(TargetBusy, match="is putting its data in place"):
        await backup_database(shop.url, tmp_path)
    go.set()
    await restoring
    await backup_database(shop.url, tmp_path)


@pytest.mark.parametrize("user", ["root", "reader"])
async def test_what_a_killed_restore_has_left_is_not_backed_up(mariadb, tmp_path, user):
    """Also by who may see nothing but the database; once one command has settled it, it is."""
    shop = mariadb.fresh(THINGS)
    file = (await backup_database(shop.url, tmp_path)).location
    mariadb.run("CREATE USER IF NOT EXISTS reader@'127.0.0.1' IDENTIFIED BY 'x'")
    mariadb.run(f"GRANT SELECT, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT ON `{shop.name}`.* TO reader@'127.0.0.1'")
    mariadb.passwords["reader"] = "x"
    killed(file, shop.url, "swap: renamed")
    with pytest.raises(SwapUnfinished, match=r"is not backed up: .*--resume' finishes"):
        await backup_database(mariadb.url(shop.name, user=user), tmp_path)
    await resume_restore(file, shop.url, undo=True)
    await backup_database(mariadb.url(shop.name, user=user), tmp_path)


async def test_who_waits_for_a_swap_does_not_come_between_it_and_its_end(mariadb, tmp_path):
    """Whoever undoes it waits until nothing is left to be undone; another restore is told that this one runs."""
    shop = mariadb.fresh(THINGS)
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run("UPDATE a SET side = 'old'; UPDATE b SET side = 'old'")
    swapping, is_swapping, go = at("swap: events")
    restoring = asyncio.create_task(restore_database(file, shop.url, force=True, on_progress=swapping))
    await asyncio.to_thread(is_swapping.wait, 60)
    with pytest.raises(TargetBusy, match=r"Another restore of .* is running"):
        await restore_database(file, shop.url, force=True)
    undoing = asyncio.create_task(resume_restore(file, shop.url, undo=True))
    waiting = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%GET_LOCK%, 20)' AND DB <=> NULL"

    def wait():
        deadline = time.monotonic() + 15
        while mariadb.run(waiting) != "1":
            assert time.monotonic() < deadline
            time.sleep(0.05)

    await asyncio.to_thread(wait)
    go.set()
    await restoring
    with pytest.raises(InvalidInput, match="was stopped in its swap: it is as it was, or restored"):
        await undoing
    assert shop.run(SIDES) == "new\nnew\nt"
    assert left_over(shop, file) == []


async def test_what_is_half_loaded_in_place_is_not_backed_up(mariadb, tmp_path):
    """A restore into the database itself failed behind its beginning: begun again, it makes backups possible again."""
    shop = mariadb.fresh(THINGS, user="owner", beside=False)
    file = (await backup_database(shop.url, tmp_path)).location
    bad = tmp_path / "bad.sql"
    bad.write_text("INSERT INTO nowhere VALUES (1);\n-- Dump completed on 2026-01-31 23:59:59\n")
    with pytest.raises(SwapUnfinished, match="half loaded"):
        await restore_database(bad, shop.url, force=True, in_place=True)
    with pytest.raises(SwapUnfinished, match="is not backed up: a restore-db --in-place was stopped"):
        await backup_database(shop.url, tmp_path)
    await restore_database(file, shop.url, force=True, in_place=True, skip_definer=True)
    assert shop.run(SIDES) == "new\nnew\nt"
    await backup_database(shop.url, tmp_path)


async def test_without_what_keeps_swaps_away_there_is_no_backup(mariadb, tmp_path):
    """The connection that holds the lock was ended while the dump ran."""
    shop = mariadb.fresh(THINGS)
    held = "SELECT IS_USED_LOCK(CONCAT('openviper:', LEFT(SHA2(DATABASE(), 256), 40), ':b0'))"

    def look(progress):
        if progress.step == "dump" and progress.done > 1 << 20 and shop.run(held) != "NULL":
            shop.run(f"KILL {shop.run(held)}")

    with pytest.raises(IncompleteDump, match="half old and half new"):
        await backup_database(shop.url, tmp_path, on_progress=look)
    assert [*tmp_path.iterdir()] == []
