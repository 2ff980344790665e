"""Restores into a real MariaDB, and what stands in their way."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from mariadb_shop import contents, everything

from openviper.backup.backup import backup_database
from openviper.backup.errors import (
    InvalidArchive,
    RestoreRefused,
    TargetBusy,
    ToolFailed,
)
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup

THINGS = "CREATE TABLE things (id INT PRIMARY KEY, name TEXT); INSERT INTO things VALUES (1, 'one'), (2, 'two')"
BULK = "CREATE TABLE bulk (a INT PRIMARY KEY, b TEXT); INSERT INTO bulk SELECT seq, REPEAT(MD5(seq), 99) FROM {}"


def change(path, before, after):
    """Change a text in a file."""
    Path(path).write_text(Path(path).read_text().replace(before, after))


async def test_what_is_replaced_is_asked_about(mariadb, tmp_path):
    """Data is not replaced without force; an empty database needs none."""
    shop = mariadb.fresh(THINGS)
    result = await backup_database(shop.url, tmp_path)
    with pytest.raises(RestoreRefused):
        await restore_database(result.location, shop.url)
    empty = mariadb.fresh()
    await restore_database(result.location, empty.url)
    assert contents(empty) == contents(shop)


async def test_foreign_keys_from_elsewhere_are_named(mariadb, tmp_path):
    """A table of another database that refers to the target's would follow the old ones: refused, untouched."""
    shop = mariadb.fresh(THINGS)
    other = mariadb.fresh(f"CREATE TABLE far (a INT, CONSTRAINT fk FOREIGN KEY (a) REFERENCES {shop.name}.things (id))")
    result = await backup_database(shop.url, tmp_path)
    with pytest.raises(RestoreRefused, match=f"'fk' of {other.name}.far"):
        await restore_database(result.location, shop.url, force=True)
    other.run("DROP TABLE far")
    assert set(mariadb.databases()) == {shop.name, other.name}


class TestFaults:
    """What happens to the programs and the server meanwhile."""

    @pytest.mark.parametrize("victim", ["client", "server"])
    async def test_a_death_while_loading_changes_nothing(self, own_mariadb, tmp_path, victim):
        """The client or the server ended in the load: the target is as it was, the next works."""
        server = own_mariadb()
        shop = server.fresh(BULK.format("seq_1_to_9999"))
        result = await backup_database(shop.url, tmp_path)
        shop.run("DELETE FROM bulk WHERE a > 3")
        killed = []

        def look(progress):
            if progress.step == "load" and progress.done > 1 << 20 and not killed:
                for process in [server.pid] if victim == "server" else clients():
                    os.kill(process, signal.SIGKILL)
                    killed.append(process)

        with pytest.raises(ToolFailed) as caught:
            await restore_database(result.location, shop.url, force=True, on_progress=look)
        assert killed
        assert ("_openviper_new' is still there" in str(caught.value)) == (victim == "server")
        if victim == "server":
            server.kill()
            server.start()
        assert shop.run("SELECT COUNT(*) FROM bulk") == "3"
        await restore_database(result.location, shop.url, force=True)
        assert shop.run("SELECT COUNT(*) FROM bulk") == "9999"
        assert server.databases() == [shop.name]

    async def test_a_file_that_changes_is_not_loaded(self, mariadb, tmp_path):
        """The client is killed, its last statement never ended, and the target is as it was."""
        shop = mariadb.fresh(BULK.format("seq_1_to_2000"))
        result = await backup_database(shop.url, tmp_path, compress=False)
        before = contents(shop)
        file = Path(result.location)

        def look(progress):
            if progress.step == "load" and progress.done > 1 << 20:
                with file.open("r+b") as content:
                    content.seek(-1000, os.SEEK_END)
                    content.write(b"\nDROP TABLE bulk;\n")

        with pytest.raises(InvalidArchive, match="was changed while"):
            await restore_database(file, shop.url, force=True, on_progress=look)
        assert contents(shop) == before
        assert mariadb.databases() == [shop.name]

    async def test_two_restores_of_one_target_do_not_meet(self, mariadb, tmp_path):
        """The second is told that the first is running."""
        shop = mariadb.fresh(THINGS)
        result = await backup_database(shop.url, tmp_path)
        errors = []

        def look(progress):
            if progress.step == "load" and not errors:
                errors.append(asyncio.run(refused()))

        async def refused():
            try:
                await restore_database(result.location, shop.url, force=True)
            except TargetBusy as error:
                return error

        await restore_database(result.location, shop.url, force=True, on_progress=look)
        assert "running" in str(errors[0])

    async def test_verification_touches_nothing(self, mariadb, tmp_path):
        """It restores beside the database, compares, and takes that away; wrong counts are found."""
        shop = mariadb.fresh(everything("shop_9"), name="shop_9")
        result = await backup_database(shop.url, tmp_path, count_rows=True)
        shop.run("DELETE FROM orders")
        before = contents(shop)
        assert (await verify_backup(result.location, shop.url)).compared
        change(result.sidecar, '"orders": 2', '"orders": 3')
        with pytest.raises(InvalidArchive, match="orders"):
            await verify_backup(result.location, shop.url)
        assert contents(shop) == before
        assert mariadb.databases() == ["shop_9"]


def clients():
    """Return the process ids of the clients that we have started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if (
            words[0].endswith(b"/mariadb")
            and parent == os.getpid()
            and any(b"_openviper_new" in word for word in words)
        ):
            found.append(int(folder.name))
    return found
