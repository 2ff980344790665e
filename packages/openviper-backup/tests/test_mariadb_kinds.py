"""What a MariaDB dump may make beside tables, told by its words."""

from __future__ import annotations

import io

import pytest

from openviper.backup._mariadb.kinds import KindsOf

ROUTINE = b"DELIMITER ;;\nCREATE DEFINER=`a`@`b` %s `p`() SELECT 1;;\nDELIMITER ;\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"-- a view\nCREATE TABLE `t` (\n  `trigger` int,\n  `b` text\n);\n", set()),
        (b"INSERT INTO `t` VALUES ('an event'),\n('CREATE VIEW');\nINSERT INTO `t` VALUES ('trigger');\n", set()),
        (b"/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50001 VIEW `v` AS SELECT 1 */;\n", {"VIEW"}),
        (b"/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER t BEFORE INSERT */;;\n", {"TRIGGER"}),
        (b"/*!50106 CREATE*/ /*!50117 DEFINER=`a`@`b`*/ /*!50106 EVENT `e` ON SCHEDULE */ ;;\n", {"EVENT"}),
        (ROUTINE % b"PROCEDURE", {"ROUTINE"}),
        (ROUTINE % b"FUNCTION", {"ROUTINE"}),
        (ROUTINE % b"PACKAGE BODY", {"ROUTINE"}),
        (b"create or replace\n  view v as select 1;\n", {"VIEW"}),
        (b"INSERT INTO `t` VALUES ('" + b"x" * 5000 + b" view ');\nCREATE VIEW v AS SELECT 1;\n", {"VIEW"}),
        (b"INSERT INTO `t` VALUES ('" + b"x" * 5000 + b" view ');\n", set()),
    ],
)
@pytest.mark.parametrize("size", [3, 100, 2000, 1 << 18])
def test_kinds_are_found(text, found, size):
    """Wherever the pieces end; what rows and columns say does not count."""
    dump = KindsOf(io.BytesIO(text))
    assert b"".join(iter(lambda: dump.read(size), b"")) == text
    assert dump.found == found
