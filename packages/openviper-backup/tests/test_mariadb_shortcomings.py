"""What a dump of a real MariaDB cannot hold: it is said, or there is no backup."""

from __future__ import annotations

import pytest
from mariadb_shop import contents

from openviper.backup.backup import backup_database
from openviper.backup.errors import IncompleteDump, InvalidInput, ToolFailed
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup


async def test_what_a_dump_cannot_hold_is_said(mariadb, tmp_path):
    """Tables without transactions, rounded numbers, and characters that UTF-8 may not have."""
    shop = mariadb.fresh(
        "CREATE TABLE old (a INT) ENGINE = MyISAM; CREATE TABLE rounded (a FLOAT); "
        "CREATE TABLE converted (a VARCHAR(9) CHARACTER SET cp1251, b VARCHAR(9) CHARACTER SET latin1, "
        "c CHAR(9) CHARACTER SET ascii)"
    )
    notes = " ".join((await backup_database(shop.url, tmp_path)).notes)
    for part in ("'old'", "'rounded'", "six digits", "Columns in 'ascii', 'cp1251' are"):
        assert part in notes


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


async def test_history_by_transactions_is_left_out(mariadb, tmp_path):
    """mariadb-dump would not dump anything; rows that are there now are in the backup, and what is not is said."""
    shop = mariadb.fresh(
        "CREATE TABLE old (a INT) WITH SYSTEM VERSIONING; INSERT INTO old VALUES (1); UPDATE old SET a = 2; "
        "CREATE TABLE t (a INT, s BIGINT UNSIGNED GENERATED ALWAYS AS ROW START, "
        "e BIGINT UNSIGNED GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING; "
        "INSERT INTO t (a) VALUES (1); UPDATE t SET a = 2"
    )
    result = await backup_database(shop.url, tmp_path, count_rows=True)
    assert [note for note in result.notes if "history" in note] == [
        "mariadb-dump cannot dump the history of tables that have it by transactions ('t'): no table's history is in "
        "the backup"
    ]
    assert result.row_counts == {"old": 1, "t": 1}
    assert (await verify_backup(result.location, shop.url)).compared
    await restore_database(result.location, shop.url, force=True)
    assert shop.run("SELECT * FROM old; SELECT a FROM t") == "2\n2"


@pytest.mark.parametrize("engine", ["InnoDB", "MyISAM"])
async def test_a_folder_of_its_own_is_not_restored(mariadb, tmp_path, engine):
    """The live table's file is in it; a restored one lies where the others lie, and the backup says so."""
    elsewhere = f"{mariadb.folder}/tmp"
    shop = mariadb.fresh(f"CREATE TABLE {engine} (a INT) ENGINE = {engine} DATA DIRECTORY = '{elsewhere}'")
    shop.run(f"INSERT INTO {engine} VALUES (1)")
    result = await backup_database(shop.url, tmp_path, count_rows=True)
    assert "DATA DIRECTORY" in result.notes[-1]
    assert (await verify_backup(result.location, shop.url)).compared
    empty = mariadb.fresh()
    await restore_database(result.location, empty.url)
    assert empty.run(f"SELECT a FROM {engine}") == "1"
    assert "DIRECTORY" not in empty.run(f"SHOW CREATE TABLE {engine}")


@pytest.mark.parametrize(
    ("rights", "reason"),
    [("SELECT, EVENT", "SHOW VIEW command denied to user 'reader'"), ("SELECT, SHOW VIEW", "Access denied for user")],
)
async def test_a_right_that_is_missing_is_named(mariadb, tmp_path, rights, reason):
    """By the server's own reason, with what a backup needs."""
    shop = mariadb.fresh("CREATE VIEW v AS SELECT 1", user="reader")
    mariadb.run(
        f"CREATE OR REPLACE USER reader@localhost IDENTIFIED BY 'reader secret'; "
        f"GRANT {rights} ON `{shop.name}`.* TO reader@localhost"
    )
    mariadb.passwords["reader"] = "reader secret"
    with pytest.raises(ToolFailed, match=f"{reason}.*a backup needs SELECT, SHOW VIEW"):
        await backup_database(shop.url, tmp_path)


async def test_a_view_that_is_not_valid_is_named(mariadb, tmp_path):
    """mariadb-dump makes no dump then."""
    shop = mariadb.fresh("CREATE TABLE t (a INT); CREATE VIEW broken AS SELECT a FROM t; DROP TABLE t")
    with pytest.raises(ToolFailed, match=r"View '\w+\.broken' references invalid table"):
        await backup_database(shop.url, tmp_path)


async def test_a_user_who_may_not_see_a_routine_gets_no_backup(mariadb, tmp_path):
    """mariadb-dump leaves out what it may not read, and the backup is refused for that."""
    shop = mariadb.fresh("CREATE PROCEDURE hidden() SELECT 1", user="owner")
    with pytest.raises(ToolFailed, match=r"insufficient privileges.*SELECT on mysql\.proc"):
        await backup_database(shop.url, tmp_path)
    assert [*tmp_path.iterdir()] == []


async def test_rows_of_merged_tables_are_not_counted(mariadb, tmp_path):
    """A dump has none of a MERGE table's, which is said, and its verification counts none."""
    shop = mariadb.fresh(
        "CREATE TABLE one (a INT) ENGINE = MyISAM; INSERT INTO one VALUES (1); "
        "CREATE TABLE merged (a INT) ENGINE = MERGE UNION = (one)"
    )
    result = await backup_database(shop.url, tmp_path, count_rows=True)
    assert "other servers ('merged') are in the backup without their rows" in " ".join(result.notes)
    assert "Tables without transactions ('one'):" in " ".join(result.notes)
    assert (await verify_backup(result.location, shop.url)).compared


async def test_a_table_with_a_newline_in_its_name_is_not_counted(mariadb, tmp_path):
    """A dump shows its name in two lines; its rows are restored all the same."""
    shop = mariadb.fresh("CREATE TABLE `new\nline` (a INT); INSERT INTO `new\nline` VALUES (1); CREATE TABLE t (a INT)")
    result = await backup_database(shop.url, tmp_path, count_rows=True)
    assert result.row_counts == {"t": 0}
    assert (await verify_backup(result.location, shop.url)).compared
    shop.run("DELETE FROM `new\nline`")
    await restore_database(result.location, shop.url, force=True)
    assert shop.run("SELECT a FROM `new\nline`") == "1"
