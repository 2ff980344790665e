"""Restores into a MariaDB database itself, where nothing may be made beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from mariadb_shop import contents

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
