"""Disks that become full: under a backup of MariaDB, and under the server while it restores."""

from __future__ import annotations

import tempfile

import pytest
from conftest import needs_mariadb
from mariadb_instance import running_mariadb
from mariadb_shop import contents, everything
from postgres_dumping import descendants
from small_disks import server_disk
from test_mariadb_kills import CHANGES, left_over

from openviper.backup.backup import backup_database
from openviper.backup.errors import Interrupted, NotEnoughSpace, SwapUnfinished, ToolFailed
from openviper.backup.restore import restore_database
from openviper.backup.resume import resume_restore

BULK = "CREATE TABLE bulk (a INT PRIMARY KEY, b TEXT) ENGINE = InnoDB; INSERT INTO bulk SELECT seq, {text} FROM {rows}"
RANDOM = "CONCAT(MD5(seq), SHA2(seq, 512))"


@pytest.fixture
def small():
    """A server on a disk of its own: ``(server, disk)``."""
    needs_mariadb()
    with server_disk(300) as disk, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(disk.folder))
        with running_mariadb() as server:
            patch.undo()
            yield server, disk


@pytest.fixture
async def shop(small, tmp_path):
    """A database that was changed behind its backup: ``(database, file, contents then, contents now)``."""
    server, _ = small
    made = server.fresh(everything("shop_9"), name="shop_9")
    then = contents(made)
    file = (await backup_database(made.url, tmp_path)).location
    made.run(CHANGES)
    return made, file, then, contents(made)


def filling(disk, step):
    """Return an ``on_progress`` that takes all room from a step on."""
    begun = []

    def look(progress):
        if progress.step == step and not begun:
            begun.append(step)
            disk.fill(0)

    return look


@pytest.mark.parametrize("compress", [True, False])
async def test_a_backup_larger_than_the_disk(mariadb, disk, compress):
    """A backup that its disk has no room for is refused, and leaves neither a file nor a program."""
    shop = mariadb.fresh(BULK.format(text=RANDOM, rows="seq_1_to_50000"))
    with pytest.raises(NotEnoughSpace, match=r"^The backup cannot be written: '.*disk.*': No space left on device"):
        await backup_database(shop.url, disk, compress=compress, count_rows=True)
    assert [*disk.iterdir()] == []
    assert not {"mariadb-dump", "mariadb"} & {*descendants().values()}


async def test_a_restore_larger_than_the_disk_of_the_server(small, shop, tmp_path):
    """It fails and says why, the database is as it was, the server goes on, and a smaller backup is restored."""
    (server, disk), (made, file, then, now) = small, shop
    bulk = server.fresh(BULK.format(text="REPEAT(MD5(seq), 99)", rows="seq_1_to_9999"))
    large = (await backup_database(bulk.url, tmp_path)).location
    server.drop(bulk.name)
    disk.fill(16)
    free = disk.free()
    for _ in range(2):
        with pytest.raises(ToolFailed, match=r"ERROR 1114 .* The table 'bulk' is full; the target is as it was$"):
            await restore_database(large, made.url, force=True)
        assert contents(made) == now
        assert left_over(made, file) == []
        assert disk.free() > free - (4 << 20)
    await restore_database(file, made.url, force=True)
    assert contents(made) == then
    assert left_over(made, file) == []


@pytest.mark.parametrize(
    ("step", "way", "said"),
    [
        ("load", "", "; the target is as it was$"),
        ("swap: mark", "", "; the old data is in its place$"),
        ("swap: drop triggers", "", "; the old data is in its place$"),
        ("swap: rename", "resume", "--resume' finishes"),
        ("swap: renamed", "undo", "--resume' finishes"),
        ("swap: views", "resume", "--resume' finishes"),
    ],
)
async def test_full_from_a_step_on(small, shop, step, way, said):
    """Before the swap the database is as it was, and in it one command finishes or undoes once there is room."""
    (_, disk), (made, file, then, now) = small, shop
    with pytest.raises(SwapUnfinished if way else ToolFailed, match=said):
        await restore_database(file, made.url, force=True, on_progress=filling(disk, step))
    disk.fill(100)
    if way:
        await resume_restore(file, made.url, undo=way == "undo")
    assert contents(made) == (then if way == "resume" else now)
    await restore_database(file, made.url, force=True)
    assert contents(made) == then
    assert left_over(made, file) == []


async def test_an_engine_that_waits_for_room(small, tmp_path):
    """MyISAM waits until there is room: the restore ends by its time, and what it could not take away is named."""
    server, disk = small
    shop = server.fresh(BULK.format(text="REPEAT(MD5(seq), 99)", rows="seq_1_to_9999").replace("InnoDB", "MyISAM"))
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run("DELETE FROM bulk WHERE a > 3; OPTIMIZE TABLE bulk")
    disk.fill(8)
    left = f"the database '{shop.name}_openviper_new' is still there, and goes with the next run"
    with pytest.raises(Interrupted, match=f"{left}; the target is as it was$"):
        await restore_database(file, shop.url, force=True, timeout=8)
    server.kill()
    disk.fill(100)
    server.start()
    assert shop.run("SELECT COUNT(*) FROM bulk") == "3"
    await restore_database(file, shop.url, force=True)
    assert shop.run("SELECT COUNT(*) FROM bulk") == "9999"
    assert left_over(shop, file) == []
