"""Backups of a real MariaDB."""

from __future__ import annotations

import asyncio
import os
import signal
import tarfile
from pathlib import Path

import pytest
from mariadb_shop import contents, everything

from openviper.backup.backup import backup_database
from openviper.backup.errors import InvalidInput, ToolFailed, ToolMissing
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup

BULK = (
    "CREATE TABLE bulk (id INT PRIMARY KEY, text TEXT); INSERT INTO bulk SELECT seq, REPEAT(MD5(seq), 20) FROM {rows}"
)


def dump_in(location):
    """Return what an archive holds."""
    with tarfile.open(location) as archive:
        return archive.extractfile("backup.sql").read()


def dump_process(server):
    """Return the process id of the mariadb-dump that reads from a server; ``None``: there is none."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"mariadb-dump") and int((folder / "stat").read_text().split()[3]) == os.getpid():
                return int(folder.name)
        except (OSError, ValueError):
            continue
    return None


@pytest.mark.parametrize("name", ["shop_9", "we`ird ü; --x"])
async def test_everything_comes_back(mariadb, tmp_path, name):
    """Rows with every byte, odd names, generated columns, sequences, history, routines, triggers, views, events."""
    shop = mariadb.fresh(everything(name), name=name)
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path, count_rows=True)
    assert result.engine == "mariadb"
    rows = {key[1]: len(value) for key, value in before.items() if key[0] == "rows"}
    assert result.row_counts == rows
    assert rows["accounts"] == 6
    assert rows["history"] == 2
    mariadb.drop(name)
    mariadb.fresh("CREATE TABLE something_else (a INT)", name=name)
    await restore_database(result.location, shop.url, force=True)
    assert contents(shop) == before
    assert shop.run("SELECT NEXT VALUE FOR numbers") == "110"
    verified = await verify_backup(result.location, shop.url)
    assert verified.compared
    assert verified.row_counts == rows
    assert mariadb.databases() == [name]


async def test_a_database_that_is_not_there_is_made(mariadb, tmp_path):
    """A backup goes into a server that never had the database, under another name."""
    shop = mariadb.fresh(everything("shop_9"), name="shop_9")
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path)
    mariadb.drop("shop_9")
    await restore_database(result.location, mariadb.url("elsewhere"))
    elsewhere = type(shop)(mariadb, "elsewhere", "root")
    assert elsewhere.run("SELECT id FROM numbered") == before["rows", "numbered"][0].split("\t")[0]
    assert elsewhere.run("INSERT INTO numbered (name) VALUES ('next'); SELECT MAX(id) FROM numbered") == "110"
    assert mariadb.databases() == ["elsewhere"]


async def test_it_goes_by_a_unix_socket_too(mariadb, tmp_path):
    """A URL may name a socket instead of a host."""
    shop = mariadb.fresh("CREATE TABLE things (a INT); INSERT INTO things VALUES (1)")
    result = await backup_database(mariadb.socket_url(shop.name), tmp_path)
    assert b"INSERT INTO `things` VALUES\n(1);" in dump_in(result.location)


async def test_a_wrong_password_is_not_shown(mariadb, tmp_path):
    """The server's refusal is told, without the password; nothing is left."""
    shop = mariadb.fresh()
    url = f"mariadb://owner:s3cr3t%23word@127.0.0.1:{mariadb.port}/{shop.name}"
    with pytest.raises(ToolFailed, match="Access denied") as caught:
        await backup_database(url, tmp_path / "backups")
    assert "s3cr3t" not in str(caught.value)
    assert [*(tmp_path / "backups").iterdir()] == []


async def test_a_database_that_is_not_there_is_named(mariadb, tmp_path):
    """A typing error in the name is told as one."""
    with pytest.raises(InvalidInput, match="no database 'nothere'"):
        await backup_database(mariadb.url("nothere"), tmp_path)


async def test_missing_programs_are_named(monkeypatch, tmp_path):
    """Which one, for which engine, how to install it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match=r"'mariadb' or 'mysql' is not on PATH, and MariaDB.*apt-get install"):
        await backup_database("mariadb://db/shop", tmp_path)


@pytest.mark.parametrize(
    "body",
    ["SELECT ';;';", "SELECT 1; /* it's ;; */", "SELECT 1; -- it's ;;", "SELECT '\ndelimiter x\n';", "SELECT 1 `;;`;"],
)  # fmt: skip
async def test_what_ends_statements_of_a_dump_may_stand_in_a_body(mariadb, tmp_path, body):
    """A routine with the delimiter in a text, a comment or a name comes back as it was."""
    shop = mariadb.fresh(f"DELIMITER //\nCREATE PROCEDURE doing() BEGIN {body}\nEND//\n")
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path)
    shop.run("DROP PROCEDURE doing")
    await restore_database(result.location, shop.url, force=True)
    assert contents(shop) == before


@pytest.mark.parametrize("victim", ["dump", "server"])
async def test_a_death_in_the_middle_leaves_nothing(own_mariadb, tmp_path, victim):
    """mariadb-dump, or the server, ended by SIGKILL: an error, and no file."""
    server = own_mariadb()
    shop = server.fresh(BULK.format(rows="seq_1_to_40000"))
    killed = []

    def look(progress):
        if progress.step == "dump" and progress.done and not killed:
            process = server.pid if victim == "server" else dump_process(server)
            os.kill(process, signal.SIGKILL)
            killed.append(process)

    with pytest.raises(ToolFailed, match=r"mariadb-dump exited"):
        await backup_database(shop.url, tmp_path, on_progress=look)
    assert killed
    assert [*tmp_path.iterdir()] == []


async def test_a_cancelled_backup_leaves_nothing(mariadb, tmp_path):
    """Neither a file nor a mariadb-dump."""
    shop = mariadb.fresh(BULK.format(rows="seq_1_to_40000"))
    loop, began = asyncio.get_running_loop(), asyncio.Event()
    task = asyncio.create_task(
        backup_database(shop.url, tmp_path, on_progress=lambda progress: loop.call_soon_threadsafe(began.set))
    )
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [*tmp_path.iterdir()] == []
    assert dump_process(mariadb) is None


async def test_sums_hold_while_money_moves(mariadb, tmp_path):
    """Every backup has the same sum, whatever three writers move between accounts meanwhile."""
    shop = mariadb.fresh(
        "CREATE TABLE accounts (id INT PRIMARY KEY, balance INT, pad TEXT); "
        "INSERT INTO accounts SELECT seq, 100, REPEAT('x', 2000) FROM seq_1_to_2000"
    )
    over = asyncio.Event()

    async def move(writer):
        # Always from a lower account to a higher one, and each at its own pace: they wait, and never for each other.
        moves = "".join(
            f"START TRANSACTION; UPDATE accounts SET balance = balance - 7 WHERE id = {1 + number * writer % 1000}; "
            f"UPDATE accounts SET balance = balance + 7 WHERE id = {2000 - number * writer % 1000}; COMMIT;\n"
            for number in range(500)
        )
        done = 0
        while not over.is_set():
            await asyncio.to_thread(shop.run, moves)
            done += 1
        return done

    moving = [asyncio.create_task(move(writer)) for writer in (1, 3, 7)]
    try:
        for _ in range(3):
            result = await backup_database(shop.url, tmp_path, compress=False)
            await restore_database(result.location, mariadb.url("copy"), force=True)
            copy = type(shop)(mariadb, "copy", "root")
            assert copy.run("SELECT SUM(balance), COUNT(*) FROM accounts") == "200000\t2000"
    finally:
        over.set()
        assert all(await asyncio.gather(*moving))
