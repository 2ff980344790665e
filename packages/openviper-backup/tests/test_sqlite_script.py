"""SQL text, statement by statement."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing

import pytest
from sqlite_making import everything, names

from openviper.backup._sqlite.connection import connect
from openviper.backup._sqlite.script import run_script, statements
from openviper.backup.errors import Interrupted, InvalidArchive, NotEnoughSpace
from openviper.backup.job import Job

TRIGGER = """/* a; */ -- b;
CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT ';'; UPDATE t SET a = 'END;'; DELETE FROM t; END;"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1;SELECT 2;", ["SELECT 1;", "SELECT 2;"]),
        ("SELECT 1;\n-- end", ["SELECT 1;"]),
        ("SELECT 1; /* a;b */ \n", ["SELECT 1;"]),
        ("", []),
        (" \n;;-- x\n", [" \n;", ";"]),
        ("SELECT ';', ';;';", ["SELECT ';', ';;';"]),
        ("SELECT 'it''s;';", ["SELECT 'it''s;';"]),
        ('SELECT ";", "a"";";', ['SELECT ";", "a"";";']),
        ("SELECT `;`, [;];", ["SELECT `;`, [;];"]),
        ("SELECT 1 -- ';\n;", ["SELECT 1 -- ';\n;"]),
        ("SELECT 1 /* ' ; -- */;", ["SELECT 1 /* ' ; -- */;"]),
        ("SELECT 3 - 1 / 2;", ["SELECT 3 - 1 / 2;"]),
        ("SELECT '--;', '/*;';", ["SELECT '--;', '/*;';"]),
        ("SELECT x'3b';", ["SELECT x'3b';"]),
        (f"{TRIGGER}SELECT 1;", [TRIGGER, "SELECT 1;"]),
        ("CREATE TABLE triggers (a);SELECT 1;", ["CREATE TABLE triggers (a);", "SELECT 1;"]),
        ("BEGIN;END;", ["BEGIN;", "END;"]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_statements(text, expected, size):
    """A semicolon ends a statement where SQLite says so, however the text is cut into pieces."""
    data = text.encode()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert [each.decode() for each in statements(pieces)] == expected


@pytest.mark.parametrize(
    "text", ["SELECT 1", "SELECT ';", 'SELECT ";', "SELECT [;", "/* a;", "CREATE TRIGGER a BEGIN b;"]
)
def test_an_unfinished_statement(text):
    """Text that ends within a statement is torn."""
    with pytest.raises(InvalidArchive, match="ends within a statement"):
        list(statements([b"SELECT 1;", text.encode()]))


def run(path, text, job=None):
    path.touch()
    data = text if isinstance(text, bytes) else text.encode()
    with job or Job() as current, connect(path) as connection:
        run_script(connection, io.BytesIO(data), len(data), current)


RICH = """
PRAGMA user_version = 7;
CREATE TABLE "a b" (x INTEGER PRIMARY KEY, 'ü' TEXT, y GENERATED ALWAYS AS (x * 2) STORED, z AS (x + 1));
CREATE TABLE log (what);
CREATE TABLE w (k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID;
CREATE TRIGGER t AFTER INSERT ON "a b" BEGIN INSERT INTO log VALUES (new.ü || ';'); END;
CREATE VIEW v AS SELECT * FROM log;
INSERT INTO "a b" (x, ü) VALUES (1, 'it''s; ä
new line'), (2, char(0));
INSERT INTO w VALUES ('k', x'00ff');
"""


def test_the_dump_of_the_shell(tmp_path):
    """What Python's iterdump writes makes the same database."""
    run(tmp_path / "a.db", RICH)
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        run(tmp_path / "b.db", "\n".join(connection.iterdump()))
    assert everything(tmp_path / "a.db") == everything(tmp_path / "b.db")
    with closing(sqlite3.connect(tmp_path / "b.db")) as connection:
        assert connection.execute("SELECT * FROM v").fetchall()[0] == ("it's; ä\nnew line;",)


# As the shell's .dump writes it (SQLite 3.40).
VIRTUAL = """PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)
VALUES('table','d','d',0,'CREATE VIRTUAL TABLE d using fts5(b)');
CREATE TABLE IF NOT EXISTS 'd_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO d_data VALUES(1,X'0101');
INSERT INTO d_data VALUES(10,X'000000000101010001010101');
INSERT INTO d_data VALUES(137438953473,X'0000000a02307801020204');
CREATE TABLE IF NOT EXISTS 'd_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO d_idx VALUES(1,X'',2);
CREATE TABLE IF NOT EXISTS 'd_content'(id INTEGER PRIMARY KEY, c0);
INSERT INTO d_content VALUES(1,'x');
CREATE TABLE IF NOT EXISTS 'd_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
INSERT INTO d_docsize VALUES(1,X'01');
CREATE TABLE IF NOT EXISTS 'd_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO d_config VALUES('version',4);
PRAGMA writable_schema=OFF;
COMMIT;
"""


def test_a_virtual_table_in_the_dump_of_the_shell(tmp_path):
    """Full-text search works in what such a dump makes."""
    run(tmp_path / "d.db", VIRTUAL)
    with closing(sqlite3.connect(tmp_path / "d.db")) as connection:
        assert connection.execute("SELECT rowid, b FROM d WHERE d MATCH 'x'").fetchall() == [(1, "x")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "CREATE TABLE t (a);\n\n-- b\nINSERT INTO nowhere VALUES (1);",
            "Line 4 of the SQL text: no such table: nowhere",
        ),
        (
            "CREATE TABLE t (a UNIQUE);INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (1);",
            "Line 2 .* UNIQUE constraint",
        ),
        ("SELECT 'a\n';\nSELEKT 1;", "Line 3 .* syntax error"),
        ("/*\n*/\n.tables\n;", "Line 3 .* syntax error"),
        ("BEGIN; CREATE TABLE t (a);", "ends within a transaction: COMMIT is missing"),
        (b"SELECT '\xff';", "Line 1 .* not text in UTF-8"),
        (b"SELECT '\x00';", "Line 1 .*"),
        ("ATTACH 'other.db' AS other;", r"Line 1 .* (not authorized|authorization denied)"),
        ("ATTACH 'other' || '.db' AS other;", r"Line 1 .* (not authorized|authorization denied)"),
        ("CREATE TABLE t (a); VACUUM INTO 'other.db';", r"Line 1 .* (not authorized|authorization denied)"),
        ("SELECT load_extension('x');", r"Line 1 .* (not authorized|authorization denied)"),
        ("SELECT fts3_tokenizer('x', x'00');", r"Line 1 .* (not authorized|authorization denied)"),
        ("PRAGMA temp_store_directory = '/';", r"Line 1 .* (not authorized|authorization denied)"),
    ],
)
def test_a_script_that_fails(tmp_path, monkeypatch, text, message):
    """A script that fails is refused with the line of the statement, and has reached no other file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    with pytest.raises(InvalidArchive, match=message):
        run(tmp_path / "in" / "t.db", text)
    assert names(tmp_path) == ["in"]


def test_what_stays_allowed(tmp_path):
    """VACUUM, savepoints, pragmas and a byte order mark are allowed."""
    text = "\ufeffPRAGMA page_size = 512; CREATE TABLE t (a); SAVEPOINT s; INSERT INTO t VALUES (1); RELEASE s; VACUUM;"
    run(tmp_path / "t.db", text + "BEGIN; INSERT INTO t VALUES (2); SAVEPOINT s; DELETE FROM t; ROLLBACK TO s; COMMIT;")
    assert everything(tmp_path / "t.db")[1:] == ["t ('1',)", "t ('2',)"]


def test_a_full_database(tmp_path):
    """Where there is no room for what a script makes, that is said as such."""
    with pytest.raises(NotEnoughSpace, match=r"Line 2 .* full"):
        run(
            tmp_path / "t.db", "PRAGMA max_page_count = 3;\nCREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(99999));"
        )


def test_a_statement_without_end(tmp_path):
    """The deadline ends a statement that never would."""
    with pytest.raises(Interrupted, match=r"not done within"):
        run(
            tmp_path / "t.db",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n;",
            Job(timeout=0.5),
        )


def test_a_long_message_is_cut(tmp_path):
    """What a statement holds is not shown at length."""
    with pytest.raises(InvalidArchive) as caught:
        run(tmp_path / "t.db", f"SELECT {'x' * 5000};")
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("'it''s' secret", "Line 1 of the SQL text: near ...: syntax error; nothing of it was kept"),
        ("4111x2222", "Line 1 of the SQL text: unrecognized token: ...; nothing of it was kept"),
        ("'\"\n' secret)", "Line 1 of the SQL text: near ...: syntax error; nothing of it was kept"),
        ("[secret\n4111]", "Line 1 of the SQL text: no such column: ...; nothing of it was kept"),
    ],
)
def test_what_a_message_does_not_show(tmp_path, values, message):
    """What SQLite quotes of a statement may be a row's, and is left out."""
    with pytest.raises(InvalidArchive) as caught:
        run(tmp_path / "t.db", f"CREATE TABLE t (a); INSERT INTO t VALUES ({values});")
    assert str(caught.value) == message
