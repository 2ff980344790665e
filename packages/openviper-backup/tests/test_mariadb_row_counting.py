"""Rows counted in a dump that passes."""

from __future__ import annotations

import pytest

from openviper.backup._mariadb.row_counting import RowCounting

DUMP = rb"""-- MariaDB dump
CREATE TABLE `a'b``c` (
  `x` text
);
LOCK TABLES `a'b``c` WRITE;
/*!40000 ALTER TABLE `a'b``c` DISABLE KEYS */;
INSERT INTO `a'b``c` VALUES (1,'x),(','\'),('),(2,'\\',NULL),(3,'a\\\'),(b',0x00),(4,'');
INSERT INTO `a'b``c` VALUES
(5,'),\n(6,'),
(6,'('),
(7,'\'');
INSERT INTO `a'b``c` (`(`, `x'`, row_start) VALUES (8,'a'),
(9,'\\'),
(10,'),(');
UNLOCK TABLES;
LOCK TABLES `empty` WRITE;
UNLOCK TABLES;
DELIMITER ;;
CREATE PROCEDURE `p`() BEGIN
LOCK TABLES `no` WRITE;
INSERT INTO `no` VALUES (1),(2);
(3)
/*
END ;;
DELIMITER ;
LOCK TABLES `no` WRITE;
INSERT INTO `no` VALUES (1),(2);
DELIMITER $$
*/
END ;;
DELIMITER ;
/*!50003 SET sql_mode = @saved_sql_mode */ ;
CREATE TABLE `x
DELIMITER y` (a int);
LOCK TABLES `last` WRITE;
INSERT INTO `last` VALUES
(1,'a'),
(2,'b');
UNLOCK TABLES;
INSERT INTO `outside` VALUES (1);
(1)
-- Dump completed on 2026-01-31 23:59:59
"""


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 64, 100, 1000, 1 << 20])
def test_rows_are_counted_however_they_are_written_and_cut(size):
    """One row or many in a line, texts with brackets, pieces of any size; no routine's body counts."""
    counting = RowCounting()
    for start in range(0, len(DUMP), size):
        counting.add(DUMP[start : start + size])
    assert counting.counts == {"a'b`c": 10, "empty": 0, "last": 2}


def test_a_long_row_is_one():
    """What looks like rows, in a text of 40 MiB, is none."""
    counting = RowCounting()
    counting.add(b"LOCK TABLES `t` WRITE;\nINSERT INTO `t` VALUES (1,'")
    for _ in range(40):
        counting.add(b"),(()" * (1 << 17) + b"\\\\" * (1 << 17))
    counting.add(b"'),(2,0xFF);\nUNLOCK TABLES;\n")
    assert counting.counts == {"t": 2}
