"""Restores into a MariaDB database itself, where nothing may be made beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from mariadb_instance import running_mariadb
from mariadb_shop import contents
from mariadb_swaps import transaction

from openviper.backup.backup import backup_database
from openviper.backup.errors import InvalidArchive, RestoreRefused, SwapUnfinished
from openviper.backup.restore import restore_database

THINGS = "CREATE TABLE things (id INT PRIMARY KEY, name TEXT); INSERT INTO things VALUES (1, 'one'), (2, 'two')"
TRAILER = "-- Dump completed on 2026-01-31 23:59:59\n"


def kill(file, url, step):
    """Restore in place in a process that kills itself at a step."""
    script = str(Path(__file__).with_name("mariadb_killed.py"))
    done = subprocess.run([sys.executable, script, file, url, step, "1", "in_place"], timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL


async def test_it_empties_and_loads(mariadb, tmp_path):
    """The target holds what the backup holds, events enabled as they were."""
    shop = mariadb.fresh(user="owner", beside=False)
    event = "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 00:00:00' DO SET @a = 1"
    shop.run(f"{THINGS}; CREATE VIEW looks AS SELECT * FROM things; {event}", user="owner")
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path)
    shop.run("CREATE TABLE newer (a INT); DROP VIEW looks; INSERT INTO things VALUES (3, 'three')", user="owner")
    restored = await restore_database(result.location, shop.url, force=True, in_place=True)
    assert "loaded into the database itself" in restored.notes[-1]
    assert contents(shop) == before
    assert len([*tmp_path.iterdir()]) == 2


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("CREATE TABLE a (b INT);\nUSE other;\n", InvalidArchive),
        ("CREATE TABLE a (b INT); DROP DATABASE other;\n", InvalidArchive),
        ("DELIMITER ;;\nCREATE DEFINER=`root`@`localhost` PROCEDURE `p`() SELECT 1;;\nDELIMITER ;\n", RestoreRefused),
    ],
)
async def test_what_cannot_be_loaded_is_refused_before(mariadb, tmp_path, text, error):
    """A change of database, and definers that the user may not set, are found while nothing is touched."""
    shop = mariadb.fresh(THINGS, user="owner", beside=False)
    before = contents(shop)
    file = tmp_path / "dump.sql"
    file.write_text(text + TRAILER)
    with pytest.raises(error):
        await restore_database(file, shop.url, force=True, in_place=True)
    assert contents(shop) == before


async def test_a_failure_in_the_middle_says_what_it_has_left(mariadb, tmp_path):
    """The database is half loaded, which is said, and the next restore begins anew."""
    shop = mariadb.fresh(THINGS, user="owner", beside=False)
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path)
    bad = tmp_path / "bad.sql"
    bad.write_text(f"CREATE TABLE a (b INT);\nINSERT INTO nowhere VALUES (1);\n{TRAILER}")
    with pytest.raises(SwapUnfinished, match=r"half loaded, as --in-place allows.*ERROR 1146.*begins anew"):
        await restore_database(bad, shop.url, force=True, in_place=True)
    assert shop.run("SHOW TABLES").split() == ["a", "openviper_unfinished"]
    await restore_database(result.location, shop.url, force=True, in_place=True)
    assert contents(shop) == before


@pytest.mark.parametrize("step", ["prove", "load", "empty", "load in place"])
async def test_after_a_kill_the_next_begins_anew(mariadb, tmp_path, step):
    """Before it is emptied the database is as it was; the next restore works, and nothing is left beside the backup."""
    shop = mariadb.fresh(THINGS, user="owner", beside=False)
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path)
    shop.run("INSERT INTO things VALUES (3, 'three')")
    changed = contents(shop)
    kill(result.location, shop.url, step)
    if step == "load in place":
        assert shop.run("SHOW TABLES") == "openviper_unfinished"
    else:
        assert contents(shop) == changed
    await restore_database(result.location, shop.url, force=True, in_place=True)
    assert contents(shop) == before
    assert len([*tmp_path.iterdir()]) == 2


async def test_an_event_that_is_over_is_left_out(mariadb, tmp_path):
    """It is not made by the server, and needs not be enabled."""
    shop = mariadb.fresh(THINGS, user="owner", beside=False)
    once = "CREATE EVENT once ON SCHEDULE AT NOW() + INTERVAL 1 SECOND DO SET @a = 1"
    shop.run(f"SET timestamp = UNIX_TIMESTAMP('2020-01-01'); {once}", user="owner")
    result = await backup_database(shop.url, tmp_path)
    await restore_database(result.location, shop.url, force=True, in_place=True)
    assert shop.run("SELECT COUNT(*) FROM things") == "2"
    assert shop.run("SHOW EVENTS") == ""


ALL = {"SELECT", "INSERT", "CREATE", "DROP", "ALTER", "SHOW VIEW", "ALTER ROUTINE", "TRIGGER", "LOCK TABLES"}
ALL |= {"EVENT", "CREATE VIEW", "CREATE ROUTINE", "EXECUTE"}
FULL = f"""{THINGS}; CREATE VIEW looks AS SELECT 1 AS a; CREATE PROCEDURE doing() SELECT 1;
CREATE TRIGGER marks BEFORE INSERT ON things FOR EACH ROW SET @a = 1;
CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 00:00:00' DO SET @a = 1"""


def limit(server, schema, missing):
    """Make a user with all rights on one database but some; return its URL."""
    server.run(
        "CREATE OR REPLACE USER limited@localhost IDENTIFIED BY 'x'; GRANT SET USER ON *.* TO limited@localhost; "
        f"GRANT SELECT ON mysql.* TO limited@localhost; GRANT {', '.join(ALL - missing)} ON "
        f"`{schema.name}`.* TO limited@localhost"
    )
    server.passwords["limited"] = "x"
    return server.url(schema.name, user="limited")


@pytest.mark.parametrize("missing", sorted(ALL - {"SELECT", "SHOW VIEW", "EXECUTE"}))
async def test_a_missing_right_is_named_before_anything_is_emptied(mariadb, tmp_path, missing):
    """With a GRANT that an administrator can paste, after which it works; what was tried is gone again."""
    shop = mariadb.fresh(FULL, beside=False)
    before = contents(shop)
    file = (await backup_database(shop.url, tmp_path)).location
    url = limit(mariadb, shop, {missing})
    with pytest.raises(
        RestoreRefused, match=r"may not \w+ \w+ in .*, as a restore into it must \(ERROR .*GRANT"
    ) as caught:
        await restore_database(file, url, force=True, in_place=True)
    assert contents(shop) == before
    mariadb.run(str(caught.value).partition("allows it: ")[2])
    await restore_database(file, url, force=True, in_place=True)
    assert contents(shop) == before


async def test_what_the_backup_has_needs_a_right_too(mariadb, tmp_path):
    """The target has nothing of the kind; a backup of tables alone needs no more than they do."""
    shop = mariadb.fresh(THINGS, beside=False)
    tables = (await backup_database(shop.url, tmp_path / "tables")).location
    shop.run("CREATE VIEW looks AS SELECT 1 AS a")
    view = (await backup_database(shop.url, tmp_path / "view")).location
    shop.run("DROP VIEW looks")
    before = contents(shop)
    url = limit(mariadb, shop, {"CREATE VIEW", "TRIGGER", "EVENT", "CREATE ROUTINE", "ALTER ROUTINE"})
    with pytest.raises(RestoreRefused, match="may not create views in"):
        await restore_database(view, url, force=True, in_place=True, skip_definer=True)
    assert contents(shop) == before
    await restore_database(tables, url, force=True, in_place=True, skip_definer=True)
    assert contents(shop) == before


async def test_what_a_binary_log_forbids_is_said_before(tmp_path):
    """Triggers need SUPER there: a database that has them is not emptied, and tables alone can be restored."""
    with running_mariadb("--log-bin", "--server-id=7") as server:
        shop = server.fresh(THINGS, beside=False)
        tables = (await backup_database(shop.url, tmp_path / "tables")).location
        shop.run("CREATE TRIGGER marks BEFORE INSERT ON things FOR EACH ROW SET @a = 1")
        before = contents(shop)
        url = limit(server, shop, set())
        with pytest.raises(RestoreRefused, match=r"create triggers in .*\(ERROR 1419.*log_bin_trust") as caught:
            await restore_database(tables, url, force=True, in_place=True, skip_definer=True)
        assert "GRANT" not in str(caught.value)
        assert contents(shop) == before
        shop.run("DROP TRIGGER marks")
        await restore_database(tables, url, force=True, in_place=True, skip_definer=True)
        assert shop.run("SELECT COUNT(*) FROM things") == "2"


async def test_a_table_in_use_is_said_before_anything_is_emptied(mariadb, tmp_path):
    """An open transaction has read one of two: both are there behind the refusal."""
    shop = mariadb.fresh(f"CREATE TABLE another (a INT); {THINGS}", user="owner", beside=False)
    before = contents(shop)
    file = (await backup_database(shop.url, tmp_path)).location
    with (
        transaction(mariadb, shop.name, "SELECT COUNT(*) FROM things"),
        pytest.raises(RestoreRefused, match=r"in use by open transactions .* nothing was touched"),
    ):
        await restore_database(file, shop.url, force=True, in_place=True)
    assert contents(shop) == before
