"""The swap that ends a restore into a real MariaDB: what it brings, and what may come between."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack

import pytest
from mariadb_instance import Schema
from mariadb_shop import contents, everything
from mariadb_swaps import THINGS, transaction

from openviper.backup.backup import backup_database
from openviper.backup.errors import RestoreRefused, SwapUnfinished
from openviper.backup.restore import restore_database
from openviper.backup.resume import resume_restore


async def test_a_newer_table_goes_with_the_old(mariadb, tmp_path):
    """The target holds what the backup holds, though a newer table refers to a restored one by a foreign key."""
    shop = mariadb.fresh(everything("shop_9"), name="shop_9")
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path)
    shop.run("CREATE TABLE newer (a INT, FOREIGN KEY (a) REFERENCES accounts (id)); INSERT INTO newer VALUES (1)")
    shop.run("DROP VIEW a_names; CREATE TABLE a_names (was INT); DROP TABLE log; CREATE VIEW log AS SELECT 1 AS id")
    await restore_database(result.location, shop.url, force=True)
    assert contents(shop) == before
    shop.run("DELETE FROM orders WHERE id = 1")
    with pytest.raises(RuntimeError, match="foreign key"):
        shop.run("INSERT INTO orders (id, account) VALUES (9, 999)")


async def test_the_old_tables_can_be_kept(mariadb, tmp_path):
    """With keep_old they stand in a database of their own; the statements for all else are a table beside them."""
    shop = mariadb.fresh(THINGS)
    result = await backup_database(shop.url, tmp_path)
    shop.run("INSERT INTO things VALUES (3, 'three'); CREATE VIEW looks AS SELECT * FROM things")
    restored = await restore_database(result.location, shop.url, force=True, keep_old=True)
    (old,) = set(mariadb.databases()) - {shop.name}
    assert old in restored.kept
    assert Schema(mariadb, old, "root").run("SELECT COUNT(*) FROM things") == "3"
    assert "VIEW `looks`" in Schema(mariadb, old, "root").run("SELECT script FROM openviper_definitions")
    shop.run("SELECT 1 FROM things")
    await restore_database(result.location, shop.url, force=True)
    assert set(mariadb.databases()) == {old, shop.name}


@pytest.mark.parametrize("step", ["prove", "load", "swap: mark", "swap: drop triggers", "swap: rename"])
async def test_a_cancelled_restore_changes_nothing(mariadb, tmp_path, step):
    """Cancelled before its tables have moved, it leaves the target as it was, and nothing beside it."""
    shop = mariadb.fresh(everything("shop_9"), name="shop_9")
    result = await backup_database(shop.url, tmp_path / "backups")
    shop.run("DELETE FROM orders")
    before = contents(shop)
    loop = asyncio.get_running_loop()

    def look(progress):
        if progress.step == step:
            loop.call_soon_threadsafe(task.cancel)
            time.sleep(0.3)

    task = asyncio.create_task(restore_database(result.location, shop.url, force=True, on_progress=look))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert contents(shop) == before
    assert mariadb.databases() == ["shop_9"]
    assert len([*(tmp_path / "backups").iterdir()]) == 2


@pytest.mark.parametrize("step", ["swap: renamed", "swap: events", "swap: drop"])
async def test_what_has_moved_is_finished(mariadb, tmp_path, step):
    """Cancelled once the tables have moved, it goes on to its end."""
    shop = mariadb.fresh(everything("shop_9"), name="shop_9")
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path)
    shop.run("DELETE FROM orders; DROP VIEW a_names")
    loop = asyncio.get_running_loop()

    def look(progress):
        if progress.step == step:
            loop.call_soon_threadsafe(task.cancel)
            time.sleep(0.3)

    task = asyncio.create_task(restore_database(result.location, shop.url, force=True, on_progress=look))
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert "cancelled when all was done" in str(caught.value.__cause__)
    assert contents(shop) == before
    assert mariadb.databases() == ["shop_9"]


async def test_tables_in_use_are_left_alone(mariadb, tmp_path):
    """An open transaction holds a table: after ten seconds the target is as it was."""
    shop = mariadb.fresh(f"{THINGS}; CREATE TRIGGER marks BEFORE INSERT ON things FOR EACH ROW SET @a = 1")
    result = await backup_database(shop.url, tmp_path)
    before = contents(shop)
    with (
        transaction(mariadb, shop.name, "SELECT COUNT(*) FROM things"),
        pytest.raises(RestoreRefused, match="in use by open transactions"),
    ):
        await restore_database(result.location, shop.url, force=True)
    assert contents(shop) == before
    assert mariadb.databases() == [shop.name]


async def test_a_swap_that_cannot_end_says_how_to_go_on(mariadb, tmp_path):
    """Somebody takes a table between its move and its trigger: no row is lost, and one command finishes."""
    shop = mariadb.fresh(f"{THINGS}; CREATE TRIGGER marks BEFORE INSERT ON things FOR EACH ROW SET @a = 1")
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path)
    shop.run("INSERT INTO things VALUES (3, 'three')")
    with ExitStack() as stack:

        def look(progress):
            if progress.step == "swap: renamed":
                stack.enter_context(transaction(mariadb, shop.name, "SELECT COUNT(*) FROM things"))

        with pytest.raises(SwapUnfinished, match=r"could not be made.*--resume' finishes"):
            await restore_database(result.location, shop.url, force=True, on_progress=look)
    await resume_restore(result.location, shop.url)
    assert contents(shop) == before
    assert mariadb.databases() == [shop.name]
