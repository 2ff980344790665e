"""Restores into MariaDB that were killed in their swap, and whose backup that was."""

from __future__ import annotations

import pytest
from mariadb_swaps import killed, left_over

from openviper.backup.backup import backup_database
from openviper.backup.errors import InvalidInput, RestoreRefused
from openviper.backup.restore import restore_database
from openviper.backup.resume import resume_restore

FIRST = "CREATE TABLE a (b INT); INSERT INTO a VALUES (1); CREATE VIEW v AS SELECT 'first' AS x"
SECOND = """
CREATE TABLE c (d INT); INSERT INTO c VALUES (9); CREATE OR REPLACE VIEW v AS SELECT 'second' AS x;
CREATE PROCEDURE p() SELECT 1
"""
LIVE = "CREATE OR REPLACE VIEW v AS SELECT 'live' AS x; DROP PROCEDURE p; CREATE TABLE e (f INT)"


def state(schema):
    """Return tables, what the view says, and procedures."""
    routines = "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()"
    return schema.run("SHOW TABLES").split(), schema.run("SELECT x FROM v"), schema.run(routines)


async def test_an_older_plan_is_not_believed(mariadb, tmp_path):
    """A restore killed before it has moved anything leaves its plan; the next one's swap goes on by its own."""
    shop = mariadb.fresh(FIRST)
    first = (await backup_database(shop.url, tmp_path / "first")).location
    shop.run(SECOND)
    second = (await backup_database(shop.url, tmp_path / "second")).location
    shop.run(LIVE)
    killed(first, shop.url, "swap: mark")
    killed(second, shop.url, "swap: rename")
    with pytest.raises(InvalidInput, match=rf"not of '{first}', but of '{second}': name that one"):
        await resume_restore(first, shop.url)
    await resume_restore(second, shop.url)
    assert state(shop) == (["a", "c", "v"], "second", "p")
    assert left_over(shop, second) == []
    with pytest.raises(RestoreRefused, match="had not begun"):
        await resume_restore(first, shop.url)
    assert state(shop) == (["a", "c", "v"], "second", "p")
    assert left_over(shop, first) == []


@pytest.mark.parametrize("way", ["resume", "undo"])
async def test_a_newer_plan_is_not_believed(mariadb, tmp_path, way):
    """The same backup, restored to another database and killed too, has overwritten the plan beside it."""
    shop, other = mariadb.fresh(FIRST), mariadb.fresh("CREATE TABLE o (p INT)")
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run(SECOND)
    shop.run(LIVE)
    killed(file, shop.url, "swap: renamed")
    killed(file, other.url, "swap: rename")
    await resume_restore(file, shop.url, undo=way == "undo")
    assert state(shop) == ((["a", "c", "e", "v"], "live", "") if way == "undo" else (["a", "v"], "first", ""))
    await resume_restore(file, other.url, undo=way == "undo")
    assert other.run("SHOW TABLES").split() == (["o"] if way == "undo" else ["a", "v"])
    assert set(mariadb.databases()) == {shop.name, other.name}


async def test_without_tables_it_is_known_whether_it_was_done(mariadb, tmp_path):
    """A database of routines alone: what tables there are tells nothing of how far its swap is."""
    shop = mariadb.fresh("CREATE PROCEDURE p() SELECT 'new'")
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run("DROP PROCEDURE p; CREATE PROCEDURE p() SELECT 'old'")
    killed(file, shop.url, "swap: mark")
    with pytest.raises(RestoreRefused, match="had not begun, and the old data is there"):
        await resume_restore(file, shop.url)
    assert shop.run("CALL p()") == "old"
    killed(file, shop.url, "swap: routines")
    await resume_restore(file, shop.url)
    assert shop.run("CALL p()") == "new"
    await restore_database(file, shop.url, force=True)
    assert left_over(shop, file) == []
