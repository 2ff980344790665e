"""A dump on its way into a schema beside the one it names."""

from __future__ import annotations

import pytest

from openviper.backup._mariadb.rewriting import Rewriting
from openviper.backup.errors import InvalidArchive

DUMP = r"""/*M!999999\- enable the sandbox mode */
-- Host: localhost    Database: shop
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
CREATE TABLE `t` (
  `id` int(11) DEFAULT nextval(`shop`.`s`) COMMENT 'nextval(`shop`.`s`)',
  `other` int(11) DEFAULT nextval(`else`.`s`)
);
LOCK TABLES `t` WRITE;
INSERT INTO `t` VALUES
(1,'nextval(`shop`.`s`) DEFINER=`x`@`y` \nUSE `shop`;');
UNLOCK TABLES;
LOCK TABLES `u` WRITE;
UNLOCK TABLES;
ALTER DATABASE `shop` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`ada`@`%`*/ /*!50003 TRIGGER `shop` . `tr` BEFORE INSERT
  ON shop.`t` FOR EACH ROW PRECEDES `other` SET @a = 'shop.t'
*/;;
DELIMITER ;
DELIMITER ;;
ALTER DATABASE `shop` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;;
/*!50106 CREATE*/ /*!50117 DEFINER=`a`@`%`*/ /*!50106 EVENT `e` ON SCHEDULE AT 1 ON COMPLETION PRESERVE ENABLE DO begin
use shop;
CREATE DEFINER=`no`@`no` PROCEDURE
end */ ;;
DELIMITER ;
DELIMITER ;;
CREATE DEFINER=`b``ob`@`localhost` PROCEDURE `p`()
begin
ALTER DATABASE `shop` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;
  `id` = nextval(`shop`.`s`)
/* before:
DELIMITER ;;
CREATE DEFINER=`no`@`no` PROCEDURE `p`()
end ;;
DELIMITER ;
USE shop;
DELIMITER $$
*/
end ;;
DELIMITER ;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`ada`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `v` AS select lastval(`shop`.`s`) AS `n` */;
-- Dump completed
"""

CHANGES = [
    ("SQL_MODE='NO_AUTO_VALUE_ON_ZERO'", "SQL_MODE='NO_AUTO_VALUE_ON_ZERO,NO_DIR_IN_CREATE'"),
    ("  `id` int(11) DEFAULT nextval(`shop`.`s`)", "  `id` int(11) DEFAULT nextval(`ne``w`.`s`)"),
    ("\nLOCK TABLES `t` WRITE", "\n-- LOCK TABLES `t` WRITE"),
    ("UNLOCK TABLES;\nALTER DATABASE `shop`", "UNLOCK TABLES;\nALTER DATABASE `ne``w`"),
    ("TRIGGER `shop` . `tr` BEFORE", "TRIGGER `tr` BEFORE"),
    ("ON shop.`t` FOR EACH ROW PRECEDES `other` SET", "ON `t` FOR EACH ROW SET"),
    ("DELIMITER ;;\nALTER DATABASE `shop`", "DELIMITER ;;\nALTER DATABASE `ne``w`"),
    ("PRESERVE ENABLE DO", "PRESERVE DISABLE DO"),
    ("lastval(`shop`.`s`)", "lastval(`ne``w`.`s`)"),
]
WITHOUT_DEFINERS = [
    (" /*!50017 DEFINER=`ada`@`%`*/", ""),
    (" /*!50117 DEFINER=`a`@`%`*/", ""),
    ("CREATE DEFINER=`b``ob`@`localhost` PROCEDURE", "CREATE PROCEDURE"),
    ("/*!50013 DEFINER=`ada`@`%` SQL", "/*!50013 SQL"),
]


def rewritten(dump, size, *, keep_definers=True):
    """Return the dump that comes out, in pieces of a size, and what did it."""
    rewriting = Rewriting("ne`w", "shop", keep_definers=keep_definers)
    pieces = [dump[start : start + size] for start in range(0, len(dump), size)]
    return b"".join([*map(rewriting.feed, pieces), rewriting.finish()]), rewriting


def changed(changes):
    """Return the dump with these changes, each of which is one."""
    text = DUMP
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64, 100, 1000, 1 << 20])
def test_what_names_the_dumped_database_names_the_new_one(size):
    """Each is changed where it stands as the dump program's own, however it is cut; data and bodies pass."""
    out, rewriting = rewritten(DUMP.encode(), size)
    assert out.decode() == changed(CHANGES)
    assert [*rewriting.definers] == ["`ada`@`%`", "`a`@`%`", "`b``ob`@`localhost`"]
    assert rewriting.events == {"e"}


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_definers_go_where_they_are_not_wanted(size):
    """Without its clause each statement is whole."""
    assert rewritten(DUMP.encode(), size, keep_definers=False)[0].decode() == changed(CHANGES + WITHOUT_DEFINERS)


@pytest.mark.parametrize(
    "dump",
    [
        b"USE `shop`;\n",
        b"use shop\n",
        b"SELECT 1;\n  Use shop;\n",
        b"-- Current Database: `shop`\n\nCREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` ;\n",
        b"/*!40000 DROP DATABASE IF EXISTS `shop`*/;\n",
        b"SELECT 1;\ndrop schema shop;\n",
        b"ALTER DATABASE shop CHARACTER SET latin1;\n",
        b"/*!40101 USE shop */;\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 1000])
def test_a_dump_that_goes_elsewhere_is_refused(dump, size):
    """What changes to a database by its name would be loaded into the live one."""
    with pytest.raises(InvalidArchive, match="names its own database"):
        rewritten(dump, size)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_no_event_runs_while_it_is_loaded(size):
    """Whatever its name is; one for another server stays as it is, and one that cannot be read is refused."""
    event = (
        b"DELIMITER ;;\n/*!50106 CREATE*/ /*!50106 EVENT `e\nx` ON SCHEDULE EVERY 1 DAY ON COMPLETION PRESERVE %b DO x"
    )
    assert rewritten(event % b"ENABLE", size)[0] == event % b"DISABLE"
    assert rewritten(event % b"DISABLE ON SLAVE", size)[0] == event % b"DISABLE ON SLAVE"
    with pytest.raises(InvalidArchive, match="Whether an event is enabled cannot be read"):
        rewritten(event % b"ON", size)


@pytest.mark.parametrize(
    "text", [b"INSERT INTO t VALUES ('a\nUSE shop;\n');\n", b"SELECT * FROM t\nUSE INDEX (a);\n", b"", b"x", b"\n\n"]
)
def test_everything_else_passes_as_it_is(text):
    """A text with such a line in it, a hint for the optimizer, next to nothing."""
    assert rewritten(text, 1)[0] == text
