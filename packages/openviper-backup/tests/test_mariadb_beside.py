"""What a restore makes beside a MariaDB database, and what it leaves alone there."""

from __future__ import annotations

import pytest
from mariadb_instance import Schema
from mariadb_shop import contents

from openviper.backup.backup import backup_database
from openviper.backup.errors import RestoreRefused
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup

THINGS = "CREATE TABLE things (id INT PRIMARY KEY, name TEXT); INSERT INTO things VALUES (1, 'one'), (2, 'two')"
PRECIOUS = "CREATE TABLE precious (a INT); INSERT INTO precious VALUES (1)"


@pytest.mark.parametrize("holds", [PRECIOUS, "CREATE PROCEDURE precious() SELECT 1"])
@pytest.mark.parametrize("suffix", ["new", "old", "probe", "verify"])
async def test_a_database_of_somebodys_is_not_dropped(mariadb, tmp_path, suffix, holds):
    """One that has a name of ours, and was not made by us, is named; nothing is touched."""
    shop = mariadb.fresh(THINGS, name="shop_9")
    other = mariadb.fresh(holds, name=f"shop_9_openviper_{suffix}")
    result = await backup_database(shop.url, tmp_path, count_rows=True)
    before, theirs = contents(shop), contents(other)
    made = restore_database(result.location, shop.url, force=True) if suffix != "verify" else None
    with pytest.raises(RestoreRefused, match=f"'{other.name}', which no restore has made"):
        await (made or verify_backup(result.location, shop.url))
    assert (contents(shop), contents(other)) == (before, theirs)
    assert mariadb.databases() == [shop.name, other.name]


@pytest.mark.parametrize("made", ["", "CREATE TABLE openviper_made (a INT); CREATE TABLE things (a INT)"])
async def test_what_a_killed_restore_has_left_is_dropped(mariadb, tmp_path, made):
    """What is empty, or marked as ours."""
    shop = mariadb.fresh(THINGS, name="shop_9")
    for suffix in ("new", "old"):
        mariadb.fresh(made, name=f"shop_9_openviper_{suffix}")
    result = await backup_database(shop.url, tmp_path)
    await restore_database(result.location, shop.url, force=True)
    assert mariadb.databases() == [shop.name]


async def test_old_data_is_kept_each_time(mariadb, tmp_path):
    """Twice from one backup: two databases, and in each the statements for what is no table, which work."""
    shop = mariadb.fresh(f"{THINGS}; CREATE TRIGGER `it's` BEFORE INSERT ON things FOR EACH ROW SET NEW.name = 'x;y'")
    result = await backup_database(shop.url, tmp_path)
    shop.run("CREATE VIEW looks AS SELECT * FROM things; CREATE PROCEDURE doing() SELECT ';'")
    before = contents(shop)
    first = await restore_database(result.location, shop.url, force=True, keep_old=True)
    second = await restore_database(result.location, shop.url, force=True, keep_old=True)
    assert first.kept != second.kept
    assert "openviper_definitions" in first.kept
    assert len([*tmp_path.iterdir()]) == 2
    old = Schema(mariadb, first.kept.split("'")[1], "root")
    made_again = mariadb.run("SELECT script FROM openviper_definitions", old.name).replace("\\n", "\n")
    old.run(f"DROP TABLE openviper_definitions;\n{made_again}")
    assert contents(old).keys() == before.keys()
    assert contents(old)["TRIGGER", "it's"] == before["TRIGGER", "it's"]


async def test_a_database_that_was_not_there_is_told(mariadb, tmp_path):
    """A typing error in the target's name makes another database, which is said."""
    shop = mariadb.fresh(THINGS)
    result = await backup_database(shop.url, tmp_path)
    restored = await restore_database(result.location, mariadb.url("shpo"), force=True)
    assert "no database 'shpo': it was made" in restored.notes[-1]
    again = await restore_database(result.location, mariadb.url("shpo"), force=True)
    assert not any("it was made" in note for note in again.notes)


@pytest.mark.parametrize("name", ["NULL", "openviper_probe"])
async def test_odd_names_come_back(mariadb, tmp_path, name):
    """A table, view, routine, trigger and event whose name reads like no name, or like one of ours."""
    shop = mariadb.fresh(
        f"CREATE TABLE `{name}` (a INT); INSERT INTO `{name}` VALUES (1); CREATE PROCEDURE `{name}`() SELECT 1; "
        f"CREATE VIEW `{name}s` AS SELECT * FROM `{name}`; CREATE TABLE b (a INT); "
        f"CREATE TRIGGER `{name}` BEFORE INSERT ON b FOR EACH ROW SET @a = 1; "
        f"CREATE EVENT `{name}` ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 00:00:00' DO SET @a = 1"
    )
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path, count_rows=True)
    shop.run(f"DELETE FROM `{name}`; DROP TRIGGER `{name}`")
    await restore_database(result.location, shop.url, force=True)
    assert contents(shop) == before
    assert (await verify_backup(result.location, shop.url)).compared


async def test_a_trigger_that_names_its_database_goes_into_the_scratch(mariadb, tmp_path):
    """With a comment in its header, too: a verification makes nothing in the live database."""
    shop = mariadb.fresh("CREATE TABLE orders (a INT)", name="shop_9")
    shop.run(
        "DELIMITER //\nCREATE TRIGGER shop_9.t -- x\n BEFORE INSERT ON shop_9.orders FOR EACH ROW SET @x = 1//\n"
        "CREATE TRIGGER IF NOT EXISTS u AFTER INSERT ON orders FOR EACH ROW SET @x = 1//\n"
    )
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path)
    shop.run("DROP TRIGGER t; DROP TRIGGER u")
    without = contents(shop)
    await verify_backup(result.location, shop.url)
    assert contents(shop) == without
    await restore_database(result.location, shop.url, force=True)
    assert contents(shop).keys() == before.keys()


async def test_a_foreign_key_without_its_table_is_told(mariadb, tmp_path):
    """It would refer to a table of the schema that is gone; one whose table is there is as it was."""
    shop = mariadb.fresh(
        "SET foreign_key_checks = 0; CREATE TABLE parent (i INT PRIMARY KEY); "
        "CREATE TABLE child (i INT PRIMARY KEY, CONSTRAINT fine FOREIGN KEY (i) REFERENCES parent (i), "
        "CONSTRAINT lost FOREIGN KEY (i) REFERENCES nowhere (i))"
    )
    result = await backup_database(shop.url, tmp_path)
    restored = await restore_database(result.location, shop.url, force=True)
    found = [note for note in restored.notes if "foreign key" in note]
    assert len(found) == 1
    assert "'lost' of 'child' refers to a table 'nowhere'" in found[0]
