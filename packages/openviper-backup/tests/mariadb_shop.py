"""A database with one of everything that MariaDB has, and how two databases are compared."""

from __future__ import annotations

import re

__all__ = ["SHOP", "contents", "everything"]

#: Names with quotes, spaces and Unicode; every byte; all that is no table. Each statement ends at ``//``.
SHOP = r"""DELIMITER //
SET sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO'//
CREATE TABLE accounts (
    id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(100) COMMENT 'DEFAULT nextval(`x`)', balance INT NOT NULL,
    twice INT AS (balance * 2) STORED, more INT AS (balance + 1) VIRTUAL, KEY (name))//
INSERT INTO accounts (id, name, balance) VALUES (0, 'zero', 7), (1, 'it''s "a" \\ `name` \n\r\t; -- #', 100),
    (2, 'Ünïcödé 🐍 ),(''', 200), (3, NULL, 300), (4, '\\! touch /tmp/x', 5), (5, 'DELIMITER ;;\nUSE mysql;', 6)//
CREATE TABLE orders (id INT PRIMARY KEY, account INT, placed TIMESTAMP NULL, price DECIMAL(10, 2), weight DOUBLE,
    CONSTRAINT owner FOREIGN KEY (account) REFERENCES accounts (id))//
INSERT INTO orders VALUES (1, 1, '2026-03-29 01:30:00', 12.34, 0.1), (2, 2, NULL, NULL, 1e300)//
CREATE TABLE `we``ird "na'me" ; ünï €` (`c``ol ' "` INT, `(` TEXT)//
INSERT INTO `we``ird "na'me" ; ünï €` VALUES (1, 'VALUES (1),(2)')//
CREATE TABLE `--` (a INT)//
CREATE TABLE bytes (id INT PRIMARY KEY, fixed BINARY(4), data BLOB, bits BIT(12), shape GEOMETRY)//
INSERT INTO bytes VALUES (1, X'00', UNHEX('{every_byte}'), b'101010101010', ST_GeomFromText('POINT(1 2)'))//
CREATE TABLE latin (name VARCHAR(20) CHARACTER SET latin1)//
INSERT INTO latin VALUES ('Ünï')//
CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, what TEXT)//
CREATE SEQUENCE numbers START WITH 100 INCREMENT BY 5 NOCACHE//
DO NEXT VALUE FOR numbers//
CREATE TABLE numbered (id INT DEFAULT (NEXT VALUE FOR numbers), name TEXT)//
INSERT INTO numbered (name) VALUES ('first')//
CREATE TABLE history (a INT) WITH SYSTEM VERSIONING//
INSERT INTO history VALUES (1)//
UPDATE history SET a = 2//
CREATE FUNCTION more (a INT) RETURNS INT DETERMINISTIC BEGIN
    -- a comment; with a semicolon, and it's quote
    RETURN a + 1; /* another */
END//
CREATE PROCEDURE `pro``ce'dure` (IN a VARCHAR(10)) BEGIN
    # comment
    SELECT 'use mysql;
USE mysql;
ALTER DATABASE `mysql` CHARACTER SET latin1 COLLATE latin1_bin ;
LOCK TABLES `no` WRITE;
INSERT INTO `no` VALUES
(1);
', a;
    /* It was made so:
DELIMITER ;;
CREATE DEFINER=`no`@`no` PROCEDURE p() SELECT 1 ;;
DELIMITER ;
USE mysql;
LOCK TABLES `no` WRITE;
INSERT INTO `no` VALUES
(1);
DELIMITER $$
*/
END//
CREATE TRIGGER upper_name BEFORE INSERT ON accounts FOR EACH ROW SET NEW.name = UPPER(NEW.name)//
CREATE TRIGGER {name}.`qualified` AFTER UPDATE
    ON {name} . accounts FOR EACH ROW BEGIN
    INSERT INTO log (what) VALUES (CONCAT('it''s ', NEW.id));
END//
CREATE TRIGGER first_of_all BEFORE INSERT ON accounts FOR EACH ROW PRECEDES upper_name SET @inserted = 1//
CREATE VIEW a_names AS SELECT * FROM (SELECT 1 AS one) AS x//
CREATE OR REPLACE VIEW z_names AS SELECT id, name, more(balance) AS richer FROM accounts//
CREATE OR REPLACE VIEW a_names AS SELECT z.id, 'ü' AS letter FROM z_names AS z JOIN `we``ird "na'me" ; ünï €` AS w//
CREATE VIEW next_number AS SELECT LASTVAL(numbers) AS n//
CREATE EVENT cleanup ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 00:00:00' COMMENT 'it''s' DO BEGIN
    DELETE FROM log WHERE id < 0;
END//
CREATE EVENT off ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 00:00:00' DISABLE DO DELETE FROM log WHERE id < 0//
SET NAMES latin1//
CREATE VIEW latin_view AS SELECT 'ü' AS letter//
"""


def everything(name: str) -> str:
    """Return the SQL that fills a database of this name."""
    quoted = "`" + name.replace("`", "``") + "`"
    return SHOP.replace("{name}", quoted).replace("{every_byte}", bytes(range(256)).hex())


def contents(schema):
    """Return everything that is in a database: rows, and definitions as the server shows them."""
    queries = {
        "order": "SELECT EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, TRIGGER_NAME "
        "FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY 1, 2, 3, 4",
        "collation": "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()",
    }
    for line in _lines(schema.run(_NAMES)):
        kind, name = line.split("\t")
        quoted = "`" + name.replace("`", "``") + "`"
        made = "TABLE" if kind in ("BASE TABLE", "SYSTEM VERSIONED", "SEQUENCE") else kind
        queries[kind, name] = f"SHOW CREATE {made} {quoted}"
        if kind in ("BASE TABLE", "SYSTEM VERSIONED"):
            queries["rows", name] = f"SELECT * FROM {quoted}{'' if kind == 'BASE TABLE' else ' FOR SYSTEM_TIME ALL'}"
    answers = schema.run("".join(f"{query};\nSELECT '{_BETWEEN}';\n" for query in queries.values()))
    found = dict(zip(queries, f"{answers}\n".split(f"{_BETWEEN}\n")[:-1], strict=True))
    return {key: _lines(found[key]) if key[0] == "rows" else _plain(found[key], schema.name) for key in queries}


_BETWEEN = "=== the next answer ==="
_NAMES = """
SELECT TABLE_TYPE, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() UNION ALL
SELECT 'TRIGGER', TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() UNION ALL
SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() UNION ALL
SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()
"""


def _lines(rows: str) -> list[str]:
    # Other characters end lines for Python too.
    return sorted(rows.removesuffix("\n").split("\n")) if rows else []


def _plain(made: str, schema: str) -> str:
    """Without the time when a trigger was made, and the database's name in its header, which a restore takes out."""
    made = re.sub(r"\t[\d-]+ [\d:.]+$", "", made.removesuffix("\n"))
    quoted = "`" + schema.replace("`", "``") + "`"
    return made.replace(f"{quoted} . ", "").replace(f"{quoted}.", "")
