"""Disks that become full: under a backup of PostgreSQL, and under the server while it restores."""

from __future__ import annotations

import tempfile

import pytest
from conftest import needs_postgres
from postgres_dumping import contents, descendants
from postgres_instance import running_postgres
from postgres_restoring import backup, is_open, left, restore
from small_disks import server_disk

from openviper.backup.backup import backup_database
from openviper.backup.errors import NotEnoughSpace, SwapUnfinished, ToolFailed

MANY = "CREATE TABLE many AS SELECT n, md5(n::text) || repeat('x', 500) AS t FROM generate_series(1, {rows}) AS n"


@pytest.fixture
def small():
    """A server on a disk of its own: ``(server, disk)``."""
    needs_postgres()
    with server_disk(300) as disk, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(disk.folder))
        with running_postgres("max_wal_size = 128MB\nmin_wal_size = 128MB") as server:
            patch.undo()
            yield server, disk


@pytest.fixture
def shop(small, tmp_path):
    """A database, small and large backups, what was in it when they were made, and what is in it."""
    server, _ = small
    bulk = server.fresh(MANY.format(rows=60_000))
    large = backup(bulk, tmp_path)
    server.drop(bulk.name)
    made = server.fresh(MANY.format(rows=50))
    little = backup(made, tmp_path)
    then = contents(made)
    made.run("UPDATE many SET n = n + 1000")
    return made, little, large, then, contents(made)


def keep_wal(server):
    """Have the server's log of changes take room that it has already, as that of one that has run for long."""
    for _ in range(6):
        server.run("SELECT pg_logical_emit_message(false, 'x', 'x'); SELECT pg_switch_wal()")
    server.run("CHECKPOINT")


def make_room(server, disk):
    """Do what somebody does whose server has died of a full disk."""
    server.kill()
    disk.fill(100)
    server.start()


@pytest.mark.parametrize("compress", [True, False])
async def test_a_backup_larger_than_the_disk(postgres, disk, compress):
    """A backup that its disk has no room for is refused, and leaves neither a file nor a program."""
    rows = "SELECT md5(n::text) || md5((-n)::text) AS t FROM generate_series(1, 100000) AS n"
    database = postgres.fresh(f"CREATE TABLE many AS {rows}")
    with pytest.raises(NotEnoughSpace, match=r"^The backup cannot be written: '.*disk.*': No space left on device"):
        await backup_database(database.url, disk, compress=compress, count_rows=True)
    assert [*disk.iterdir()] == []
    assert not {"pg_dump", "psql"} & {*descendants().values()}


def test_a_restore_larger_than_the_disk_of_the_server(small, shop):
    """It fails and says why; the server, which has other databases too, goes on, and a smaller backup is restored."""
    (server, disk), (database, little, large, then, now) = small, shop
    keep_wal(server)
    disk.fill(24)
    free = disk.free()
    for _ in range(2):
        with pytest.raises(ToolFailed, match=r"could not extend file .* the target is as it was$") as caught:
            restore(large, database.url)
        assert "could not be dropped" not in str(caught.value)
        assert (contents(database), left(database), is_open(database)) == (now, [], True)
        assert disk.free() > free - (4 << 20)
    assert "PANIC" not in (server.folder / "log").read_text()
    restore(little, database.url)
    assert (contents(database), left(database)) == (then, [])


def test_no_room_for_the_log_of_the_server(small, shop):
    """A server that dies of it has the database whole when it is back, and the next restore takes away what is left."""
    (server, disk), (database, little, large, then, now) = small, shop
    disk.fill(20)
    with pytest.raises(ToolFailed, match=r"No space left on device"):
        restore(large, database.url)
    make_room(server, disk)
    assert (contents(database), is_open(database)) == (now, True)
    restore(little, database.url)
    assert (contents(database), left(database)) == (then, [])


@pytest.mark.parametrize("step", ["create", "loading", "rename", "commit", "drop the old"])
def test_full_from_a_step_on(small, shop, step):
    """The database is the old one or the new one, which is said, and the next restore works once there is room."""
    (server, disk), (database, little, _, then, now) = small, shop
    begun = []

    def look(progress):
        name = "loading" if progress.step == "load" and progress.done else progress.step
        if name == step and not begun:
            begun.append(name)
            disk.fill(0)

    said, expected = "", [then]
    try:
        restore(little, database.url, on_progress=look)
    except SwapUnfinished:
        expected = [now, then]
    except ToolFailed as error:
        said, expected = str(error), [now]
    assert begun == [step]
    assert said.endswith("the target is as it was") or step not in ("create", "loading")
    make_room(server, disk)
    assert contents(database) in expected
    assert is_open(database)
    restore(little, database.url)
    assert (contents(database), left(database)) == (then, [])
