"""How little a swap of a MariaDB database that fails does to the live one."""

from __future__ import annotations

import asyncio

import pytest
from mariadb_shop import contents
from mariadb_swaps import left_over, transaction

from openviper.backup.backup import backup_database
from openviper.backup.errors import RestoreRefused, ToolFailed
from openviper.backup.restore import restore_database


async def test_writers_keep_their_triggers_while_a_table_is_in_use(mariadb, tmp_path):
    """The restore waits for a transaction, and is refused: every row that was written meanwhile went by the trigger."""
    shop = mariadb.fresh(
        "CREATE TABLE things (id INT PRIMARY KEY AUTO_INCREMENT); CREATE TABLE audit (what INT); "
        "CREATE TABLE held (a INT); INSERT INTO held VALUES (1); "
        "CREATE TRIGGER audited AFTER INSERT ON things FOR EACH ROW INSERT INTO audit VALUES (NEW.id)"
    )
    result = await backup_database(shop.url, tmp_path)
    over = asyncio.Event()

    async def write():
        while not over.is_set():
            await asyncio.to_thread(shop.run, "INSERT INTO things VALUES ()")

    writing = asyncio.create_task(write())
    try:
        with (
            transaction(mariadb, shop.name, "SELECT COUNT(*) FROM held"),
            pytest.raises(RestoreRefused, match="in use by open transactions"),
        ):
            await restore_database(result.location, shop.url, force=True)
    finally:
        over.set()
        await writing
    assert shop.run("SELECT COUNT(*) FROM things") != "0"
    assert shop.run("SELECT COUNT(*) FROM things") == shop.run("SELECT COUNT(*) FROM audit")


async def test_what_has_not_changed_is_not_made_again(mariadb, tmp_path):
    """A restore with skip_definer that is refused leaves routines and views to whom they belong, with their grants."""
    shop = mariadb.fresh(
        "CREATE TABLE things (a INT); CREATE PROCEDURE doing() SELECT 1; CREATE VIEW looks AS SELECT * FROM things"
    )
    result = await backup_database(shop.url, tmp_path)
    mariadb.run(
        "CREATE OR REPLACE USER seer@localhost IDENTIFIED BY 'x'; GRANT SELECT ON mysql.proc TO seer@localhost; "
        f"GRANT ALL ON `{shop.name}`.* TO seer@localhost; GRANT ALL ON `{shop.name}\\_%`.* TO seer@localhost"
    )
    mariadb.passwords["seer"] = "x"
    before = contents(shop)
    created = shop.run("SELECT CREATED, DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()")
    with (
        transaction(mariadb, shop.name, "SELECT COUNT(*) FROM things"),
        pytest.raises(RestoreRefused, match="in use by open transactions"),
    ):
        await restore_database(result.location, mariadb.url(shop.name, user="seer"), force=True, skip_definer=True)
    assert contents(shop) == before
    query = "SELECT CREATED, DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()"
    assert shop.run(query) == created


async def test_a_schema_that_somebody_makes_meanwhile_is_not_taken_for_its_own(mariadb, tmp_path):
    """One with the name for the old tables, made in the last moment, stops the restore, and is left alone."""
    shop = mariadb.fresh("CREATE TABLE things (a INT); INSERT INTO things VALUES (1)", name="shop_9")
    result = await backup_database(shop.url, tmp_path)
    shop.run("DELETE FROM things")
    before = contents(shop)

    def look(progress):
        if progress.step == "swap: mark":
            mariadb.fresh("CREATE TABLE things (a INT); INSERT INTO things VALUES (7)", name="shop_9_openviper_old")

    with pytest.raises(ToolFailed, match="database exists"):
        await restore_database(result.location, shop.url, force=True, on_progress=look)
    assert contents(shop) == before
    assert mariadb.run("SELECT a FROM things", "shop_9_openviper_old") == "7"
    assert mariadb.databases() == ["shop_9", "shop_9_openviper_old"]
    assert len([*tmp_path.iterdir()]) == 2


@pytest.mark.parametrize(
    "late",
    [
        "CREATE TABLE zz (i INT); INSERT INTO zz VALUES (42)",
        "CREATE TRIGGER late BEFORE INSERT ON things FOR EACH ROW SET @a = 1",
        "CREATE EVENT late ON SCHEDULE EVERY 1 DAY DO SET @a = 1",
        "CREATE OR REPLACE VIEW looks AS SELECT 7 AS a",
        "DROP PROCEDURE doing",
    ],
)
async def test_what_is_changed_in_the_last_moment_is_not_lost(mariadb, tmp_path, late):
    """A migration that comes between the look at both sides and the swap: the restore is refused, its work stays."""
    shop = mariadb.fresh("CREATE TABLE things (a INT); CREATE TABLE zz (i INT)")
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run("DROP TABLE zz; CREATE VIEW looks AS SELECT 1 AS a; CREATE PROCEDURE doing() SELECT 1")
    found = []

    def look(progress):
        if progress.step == "swap: drop triggers":
            shop.run(late)
            found.append({key: made for key, made in contents(shop).items() if "openviper_unfinished" not in key})

    with pytest.raises(RestoreRefused, match=r"were created, changed or dropped while .* try again"):
        await restore_database(file, shop.url, force=True, on_progress=look)
    assert [contents(shop)] == found
    assert left_over(shop, file) == []
