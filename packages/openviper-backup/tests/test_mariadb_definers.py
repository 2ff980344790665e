"""The DEFINER clause, as the server and its dump program write it."""

from __future__ import annotations

import pytest

from openviper.backup._mariadb.definers import without_definer
from openviper.backup.backup import backup_database
from openviper.backup.restore import restore_database


@pytest.mark.parametrize(
    ("statement", "account", "without"),
    [
        ("CREATE DEFINER=`b``ob`@`%` PROCEDURE `p`() x", "`b``ob`@`%`", "CREATE PROCEDURE `p`() x"),
        ('CREATE DEFINER="b""o`b"@"%" PROCEDURE "p"() x', '`b"o``b`@`%`', 'CREATE PROCEDURE "p"() x'),
        ('CREATE DEFINER="role" PACKAGE "p" x', "`role`", 'CREATE PACKAGE "p" x'),
        (
            '/*!50003 CREATE*/ /*!50017 DEFINER="bob"@"localhost"*/ /*!50003 TRIGGER t x',
            "`bob`@`localhost`",
            "/*!50003 CREATE*/ /*!50003 TRIGGER t x",
        ),
        (
            "/*!50106 CREATE*/ /*!50117 DEFINER=`bob`@`localhost`*/ /*!50106 EVENT `e` x",
            "`bob`@`localhost`",
            "/*!50106 CREATE*/ /*!50106 EVENT `e` x",
        ),
        ("/*!50013 DEFINER=`bob`@`%` SQL SECURITY DEFINER */", "`bob`@`%`", "/*!50013 SQL SECURITY DEFINER */"),
        ('CREATE PROCEDURE "DEFINER=a"() x', None, 'CREATE PROCEDURE "DEFINER=a"() x'),
    ],
)
def test_who_a_statement_runs_as(statement, account, without):
    """In backticks, whatever quotes it has; the statement without the clause is whole."""
    assert without_definer(statement.encode()) == (account, without.encode())


@pytest.mark.parametrize(
    ("mode", "body"), [("ANSI_QUOTES", "() SELECT 1//"), ("ORACLE", " AS BEGIN SELECT 1; END;\n//")]
)
async def test_skip_definer_takes_what_is_in_double_quotes(mariadb, tmp_path, mode, body):
    """Routines and triggers that were made under such a mode run as whoever restores, too."""
    shop = mariadb.fresh(
        f"CREATE TABLE t (a INT); SET sql_mode = '{mode}';\nDELIMITER //\n"
        f"CREATE DEFINER = bob@localhost PROCEDURE p{body}\n"
        "CREATE DEFINER = bob@localhost TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET @a = 1//\n"
    )
    result = await backup_database(shop.url, tmp_path)
    await restore_database(result.location, shop.url, force=True, skip_definer=True)
    definers = shop.run(
        "SELECT DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() UNION ALL "
        "SELECT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"
    )
    assert definers == "root@localhost\nroot@localhost"
