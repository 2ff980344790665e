"""SQL by hand that goes to another database, and what only looks as if it did."""

from __future__ import annotations

import pytest

from openviper.backup._mariadb.handwritten import HandWritten
from openviper.backup.errors import InvalidArchive


def look(text, size):
    """Look at SQL that is for a database ``shop``, in pieces of a size."""
    reading = HandWritten("shop")
    for start in range(0, len(text), size):
        reading.feed(text[start : start + size])
    reading.finish()


@pytest.mark.parametrize("size", [1, 3, 7, 1000, 1 << 20])
@pytest.mark.parametrize(
    "text",
    [
        b"SELECT 1; USE x",
        b"SELECT 1; use `x`; SELECT 2;",
        b"SELECT 'it''s'; -- it's\nUSE x;",
        b"SELECT '\\'', \"\\\"\", `a``'`; USE x;",
        b"/*!50003 USE x */;",
        b"SELECT 1;create  database x;",
        b"/* '" + b"x" * 5000 + b"*/ DROP SCHEMA x;",
        b"INSERT INTO t VALUES ('" + b"x" * 5000 + b"'); USE x;",
        b"DROP TABLE a, shop.b;",
        b"INSERT IGNORE INTO `shop`.a VALUES (1);",
        b"REPLACE INTO shop . a VALUES (1);",
        b"UPDATE shop.a SET b = 1;",
        b"CREATE TRIGGER t BEFORE INSERT ON shop.a FOR EACH ROW SET @a = 1;",
        b"CREATE OR REPLACE TABLE IF NOT EXISTS shop.a (b INT);",
        b"RENAME TABLE a TO shop.a;",
    ],
)
def test_a_statement_that_goes_elsewhere_is_refused(text, size):
    """However it is cut, and whatever stands before it."""
    with pytest.raises(InvalidArchive, match="goes to a database by its name"):
        look(text, size)


@pytest.mark.parametrize("size", [1, 3, 7, 1000, 1 << 20])
@pytest.mark.parametrize(
    "text",
    [
        b"INSERT INTO t VALUES ('; USE x;', \"DROP TABLE shop.a\");",
        b"-- USE x\n# USE x\n/* USE x; DROP DATABASE y */ SELECT 1;",
        b"SELECT * FROM t USE INDEX (a) WHERE reuse = 1 AND use_it = @use;",
        b"SELECT `use` FROM `drop database`;",
        b"CREATE VIEW v AS SELECT shop.a FROM shop;",
        b"INSERT INTO shop VALUES (1); DELETE FROM bookshop.t;",
        b"SELECT 1--2;\n'",
        b"",
    ],
)
def test_everything_else_passes(text, size):
    """Texts, comments, names and hints are no statements; a table may have the database's name."""
    look(text, size)


@pytest.mark.parametrize("quote", [b"'", b'"'])
def test_a_text_may_be_longer_than_is_looked_at_whole(quote):
    """What stands in it is no statement, and what stands behind it is one."""
    text = b"INSERT INTO t VALUES (" + quote + b"a%b%b \\%b; USE x; " * 300_000 + quote + b");\n"
    text = text.replace(b"%b", quote)
    assert len(text) > 1 << 22
    look(text, 100_000)
    with pytest.raises(InvalidArchive, match="goes to a database by its name"):
        look(text + b"USE x;\n", 100_000)


@pytest.mark.parametrize("comment", [b"/* %b */", b"-- %b\n"])
def test_a_comment_may_be_longer_than_is_looked_at_whole(comment):
    """What stands in it is no statement, and what stands behind it is one."""
    text = comment % (b"; USE x; " * 600_000)
    look(text, 100_000)
    with pytest.raises(InvalidArchive, match="goes to a database by its name"):
        look(text + b"USE x;\n", 100_000)
