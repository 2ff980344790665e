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
from openviper.backup.errors import IncompleteDump, InvalidInput, ToolFailed, ToolMissing
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


async def test_what_a_dump_cannot_hold_is_said(mariadb, tmp_path):
    """Tables without transactions, rounded numbers, and characters that UTF-8 may not have."""
    shop = mariadb.fresh(
        "CREATE TABLE old (a INT) ENGINE = MyISAM; CREATE TABLE rounded (a FLOAT); "
        "CREATE TABLE converted (a VARCHAR(9) CHARACTER SET cp1251, b VARCHAR(9) CHARACTER SET latin1)"
    )
    notes = " ".join((await backup_database(shop.url, tmp_path)).notes)
    for part in ("'old'", "'rounded'", "six digits", "Columns in 'cp1251' are"):
        assert part in notes


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


@pytest.mark.parametrize(
    "how", ["SET GLOBAL sql_select_limit = 2", "SET GLOBAL init_connect = 'SET sql_select_limit = 2'"]
)
async def test_a_server_that_limits_results_gives_no_backup(own_mariadb, tmp_path, how):
    """mariadb-dump would leave out tables and rows without a word; verification and restore are not limited."""
    server = own_mariadb()
    shop = server.fresh(
        "".join(f"CREATE TABLE t{n} (a INT); INSERT INTO t{n} VALUES (1), (2), (3); " for n in range(4))
    )
    server.run(f"GRANT ALL ON `{shop.name}`.* TO owner@localhost")
    before = contents(shop)
    url = server.url(shop.name, user="owner")
    result = await backup_database(url, tmp_path, count_rows=True)
    shop.run("DELETE FROM t0; DELETE FROM t3")
    server.run(how)
    with pytest.raises(IncompleteDump, match="sql_select_limit = 2"):
        await backup_database(url, tmp_path)
    assert (await verify_backup(result.location, url)).compared
    await restore_database(result.location, url, force=True)
    server.run("SET GLOBAL sql_select_limit = DEFAULT; SET GLOBAL init_connect = ''")
    assert contents(shop) == before


@pytest.mark.parametrize("name", ["it's", 'a "shop"', "back\\slash"])
async def test_a_name_with_a_quote_and_events_is_refused(mariadb, tmp_path, name):
    """mariadb-dump asks for another database then; without events its dump is whole."""
    shop = mariadb.fresh("CREATE TABLE things (a INT); CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @a = 1", name=name)
    with pytest.raises(InvalidInput, match="give it another name, or drop its events"):
        await backup_database(shop.url, tmp_path)
    shop.run("DROP EVENT e; CREATE PROCEDURE doing() SELECT 1")
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path)
    shop.run("DROP TABLE things")
    await restore_database(result.location, shop.url, force=True)
    assert contents(shop) == before


@pytest.mark.parametrize(
    ("rights", "hidden"),
    [
        ("ALL", None),
        ("SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE, LOCK TABLES", None),
        ("SELECT, EVENT, EXECUTE, LOCK TABLES", "triggers"),
        ("SELECT, SHOW VIEW, EVENT, LOCK TABLES", "triggers and routines"),
    ],
)
async def test_what_a_user_cannot_see_is_said(mariadb, tmp_path, rights, hidden):
    """mariadb-dump leaves it out without a word; the result has one."""
    shop = mariadb.fresh("CREATE TABLE things (a INT)", name="shop_1", user="reader")
    mariadb.run(
        rf"CREATE OR REPLACE USER reader@localhost IDENTIFIED BY 'x'; GRANT {rights} ON `shop\_1`.* TO reader@localhost"
    )
    mariadb.passwords["reader"] = "x"
    notes = (await backup_database(shop.url, tmp_path)).notes
    assert notes == () if hidden is None else f"all {hidden} of the database" in notes[0]


async def test_a_user_who_may_not_see_a_routine_gets_no_backup(mariadb, tmp_path):
    """mariadb-dump leaves out what it may not read, and the backup is refused for that."""
    shop = mariadb.fresh("CREATE PROCEDURE hidden() SELECT 1", user="owner")
    with pytest.raises(ToolFailed, match="insufficient privileges"):
        await backup_database(shop.url, tmp_path)
    assert [*tmp_path.iterdir()] == []


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


async def test_rows_of_merged_tables_are_not_counted(mariadb, tmp_path):
    """A dump has none of a MERGE table's, and its verification counts none."""
    shop = mariadb.fresh(
        "CREATE TABLE one (a INT) ENGINE = MyISAM; INSERT INTO one VALUES (1); "
        "CREATE TABLE merged (a INT) ENGINE = MERGE UNION = (one)"
    )
    result = await backup_database(shop.url, tmp_path, count_rows=True)
    assert (await verify_backup(result.location, shop.url)).compared


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
    """Every backup has the same sum, whoever moves money between accounts meanwhile."""
    shop = mariadb.fresh(
        "CREATE TABLE accounts (id INT PRIMARY KEY, balance INT, pad TEXT); "
        "INSERT INTO accounts SELECT seq, 100, REPEAT('x', 2000) FROM seq_1_to_2000"
    )
    moves = "".join(
        f"START TRANSACTION; UPDATE accounts SET balance = balance - 7 WHERE id = {1 + number % 1000}; "
        f"UPDATE accounts SET balance = balance + 7 WHERE id = {2000 - number % 1000}; COMMIT;\n"
        for number in range(2000)
    )
    stop = False

    def move():
        done = 0
        while not stop:
            shop.run(moves)
            done += 1
        return done

    moving = asyncio.create_task(asyncio.to_thread(move))
    try:
        for _ in range(3):
            result = await backup_database(shop.url, tmp_path, compress=False)
            await restore_database(result.location, mariadb.url("copy"), force=True)
            copy = type(shop)(mariadb, "copy", "root")
            assert copy.run("SELECT SUM(balance), COUNT(*) FROM accounts") == "200000\t2000"
    finally:
        stop = True
        assert await moving
