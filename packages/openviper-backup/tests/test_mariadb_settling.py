"""Which swap of a MariaDB database is finished or undone, where several were killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from mariadb_shop import contents

from openviper.backup.backup import backup_database
from openviper.backup.errors import InvalidInput, RestoreRefused
from openviper.backup.restore import restore_database
from openviper.backup.resume import resume_restore

SCRIPT = str(Path(__file__).with_name("mariadb_killed.py"))


def killed(file, url, step):
    """Restore in a process that kills itself at a step."""
    done = subprocess.run([sys.executable, SCRIPT, file, url, step, "1"], capture_output=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.fixture
async def two(mariadb, tmp_path):
    """A database, and two backups of it with other tables, views and routines each; what it held at either."""
    shop = mariadb.fresh("CREATE TABLE a (i INT); INSERT INTO a VALUES (1); CREATE VIEW v AS SELECT 1 AS of_first")
    was = contents(shop)
    first = (await backup_database(shop.url, tmp_path / "first")).location
    shop.run("CREATE TABLE b (i INT); INSERT INTO b VALUES (2); CREATE OR REPLACE VIEW v AS SELECT 2 AS of_second")
    shop.run("CREATE PROCEDURE p() SELECT 1")
    second = (await backup_database(shop.url, tmp_path / "second")).location
    became = contents(shop)
    shop.run("DELETE FROM a; DELETE FROM b")
    return shop, (first, was), (second, became)


@pytest.mark.parametrize("step", ["swap: rename", "swap: triggers"])
@pytest.mark.parametrize("way", ["resume", "undo"])
async def test_the_plan_of_an_older_swap_is_not_believed(two, step, way):
    """One was killed before it had begun, another in its swap: that one goes on, by its own name alone."""
    shop, (first, _), (second, became) = two
    before = contents(shop)
    killed(first, shop.url, "swap: mark")
    killed(second, shop.url, step)
    with pytest.raises(InvalidInput, match=f"is not of '{first}', but of '{second}': name that one"):
        await resume_restore(first, shop.url, undo=way == "undo")
    await resume_restore(second, shop.url, undo=way == "undo")
    assert contents(shop) == (before if way == "undo" else became)
    assert shop.server.databases() == [shop.name]


async def test_a_swap_that_never_began_is_not_called_finished(mariadb, tmp_path):
    """Killed before its marker was there, of a backup that has no tables."""
    shop = mariadb.fresh("CREATE PROCEDURE p() SELECT 1")
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run("DROP PROCEDURE p; CREATE PROCEDURE q() SELECT 1")
    before = contents(shop)
    killed(file, shop.url, "swap: mark")
    with pytest.raises(RestoreRefused, match="had not begun, and the old data is there"):
        await resume_restore(file, shop.url)
    assert contents(shop) == before


async def test_a_plan_that_cannot_be_written_stops_the_restore(mariadb, tmp_path):
    """Nothing is touched, and the error says where."""
    shop = mariadb.fresh("CREATE TABLE a (i INT)")
    result = await backup_database(shop.url, tmp_path)
    shop.run("INSERT INTO a VALUES (1)")
    before = contents(shop)

    def look(progress):
        if progress.step == "load":
            Path(f"{result.location}.swap.sql.part").mkdir(exist_ok=True)

    with pytest.raises(RestoreRefused, match=r"cannot be written beside '.*the target is as it was"):
        await restore_database(result.location, shop.url, force=True, on_progress=look)
    assert contents(shop) == before
    assert shop.server.databases() == [shop.name]
