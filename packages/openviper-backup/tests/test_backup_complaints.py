"""What of a program's stderr people may see: names, and never a row."""

from __future__ import annotations

import pytest

from openviper.backup._complaints import Complaints, readable

DUPLICATE = """\
psql:<stdin>:12: ERROR:  duplicate key value violates unique constraint "things_pkey"
DETAIL:  Key (mail)=(ada@example.org) already exists.
CONTEXT:  COPY things, line 3: "ada@example.org	secret row"
	and its second line
"""
NO_DATABASE = (
    'pg_dump: error: connection to server at "127.0.0.1", port 1 failed: FATAL:  database "my shop" does not exist'
)
NO_HOST = 'psql: error: could not translate host name "db.exmaple" to address: Name or service not known'
NO_SERVER = "ERROR 2002 (HY000): Can't connect to server on 'db.example' (115)"
SYNTAX = """\
ERROR 1064 (42000) at line 30: You have an error in your SQL syntax; check the manual that corresponds to your \
MariaDB server version for the right syntax to use near 'ada@example.org', 'secret
row
' at line 1
"""


LOCKING = (
    "mariadb-dump: Got error: 1044: \"Access denied for user 'ada'@'localhost' to database 'shop'\" "
    "when using LOCK TABLES"
)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (LOCKING, [LOCKING]),
        ("mysqldump: Got error: 1: \"Bad 'secret'\" when using x", ['mysqldump: Got error: 1: "Bad ...']),
        ('ERROR 1644 (45000): mysqldump: Got error: 1: "secret"', ["ERROR 1644 (45000): mysqldump: Got error: 1: ..."]),
        ("", []),
        (DUPLICATE, ['psql:<stdin>:12: ERROR:  duplicate key value violates unique constraint "things_pkey"']),
        (
            'psql:<stdin>:3: ERROR:  invalid input syntax for type integer: "secret"\nLINE 1: INSERT secret\n   ^\n',
            ["psql:<stdin>:3: ERROR:  invalid input syntax for type integer: ..."],
        ),
        (
            'ERROR:  value "99999" is out of range for type integer',
            ["ERROR:  value ... is out of range for type integer"],
        ),
        ('ERROR:  invalid text "a "b" c" there', ["ERROR:  invalid text ..."]),
        (
            'ERROR:  malformed array literal: "secret\nsecret"\nHINT:  Try again.\n',
            ["ERROR:  malformed array literal: ...", "HINT:  Try again."],
        ),
        (NO_DATABASE, [NO_DATABASE]),
        (
            "ERROR 1366 (22007) at line 3: Incorrect integer value: 'a' for column `db`.`t`.`n` at row 1",
            ["ERROR 1366 (22007) at line 3: Incorrect integer value: ... for column `db`.`t`.`n` at row 1"],
        ),
        ("ERROR 1064 near 'it's\npassword: secret\n' at line 1", ["ERROR 1064 near ..."]),
        ("mysqldump: one\n\nmysqldump: two", ["mysqldump: one", "mysqldump: two"]),
        ('FATAL:  role "ada" does not exist', ['FATAL:  role "ada" does not exist']),
        (
            "ERROR 1062 (23000) at line 9: Duplicate entry 'ada@example.org' for key 'mail'",
            ["ERROR 1062 (23000) at line 9: Duplicate entry ... for key 'mail'"],
        ),
        (
            "mariadb-dump: Couldn't execute 'SHOW FIELDS FROM `v`': View 'shop.v' references invalid table(s) (1356)",
            ["mariadb-dump: Couldn't execute ...: View 'shop.v' references invalid table(s) (1356)"],
        ),
        (
            "mysqldump: Couldn't execute 'show events': Access denied for user 'ada'@'%' to database 'shop' (1044)",
            ["mysqldump: Couldn't execute ...: Access denied for user 'ada'@'%' to database 'shop' (1044)"],
        ),
        ("mysqldump: Couldn't execute 'SELECT 'a'': Bad 'secret' (1)", ["mysqldump: Couldn't execute ...: Bad ..."]),
        (
            "ERROR 1010: Error dropping database (can't rmdir './shop', errno: 39 \"Directory not empty\")",
            ["ERROR 1010: Error dropping database (can't rmdir './shop', errno: 39 \"Directory not empty\")"],
        ),
        (
            "ERROR 1045 (28000): Access denied for user 'ada'@'localhost' (using password: YES)",
            ["ERROR 1045 (28000): Access denied for user 'ada'@'localhost' (using password: YES)"],
        ),
        (NO_HOST, [NO_HOST]),
        (NO_SERVER, [NO_SERVER]),
        ("refused\n\tIs the server\trunning?\n", ["refused", "Is the server running?"]),
        (
            "ERROR 1146 (42S02): Table 'shop.things' doesn't exist",
            ["ERROR 1146 (42S02): Table 'shop.things' doesn't exist"],
        ),
        (SYNTAX, [SYNTAX.partition("'")[0] + "..."]),
        ("thing: \x1b[31mred\x07", ["thing: ?[31mred?"]),
        ("thing: " + "x" * 400, ["thing: " + "x" * 290 + "..."]),
    ],
)
def test_names_are_shown_and_values_are_not(said, shown):
    """Each row: what a client says, and what is shown of it."""
    assert [*readable(said)] == shown


def test_the_last_lines_are_kept():
    """The last eight lines are kept, in one."""
    complaints = Complaints()
    for number in range(100_000):
        complaints.add(b"thing: line %d\n" % number)
    assert str(complaints) == "; ".join(f"thing: line {number}" for number in range(99_992, 100_000))


def test_secrets_are_hidden_wherever_they_are_cut():
    """A secret that came in two pieces, or begins before what is kept, is not shown."""
    complaints = Complaints(["pass", "password", ""])
    complaints.add(b"thing: pass")
    complaints.add(b"word pass")
    assert str(complaints) == "thing: *** ***"
    complaints = Complaints(["hunter2"])
    complaints.add(b"x" * 16_379 + b" hunter2 " + b"y" * 16_383 + b"\nthing: end\n")
    assert str(complaints) == "thing: end"


def test_bytes_that_are_no_text_are_shown_as_such():
    """Bytes that are no text are shown as such."""
    complaints = Complaints()
    complaints.add(b"thing: \xff\xfe")
    assert str(complaints) == "thing: \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"


def test_a_short_secret_is_hidden_as_a_word():
    """A password of few letters is hidden where it stands alone, and other words are left as they are."""
    complaints = Complaints(["b"])
    complaints.add(b'FATAL: password authentication failed for user "bob" (PGPASSWORD=b, postgresql://bob:b@db)')
    assert str(complaints) == (
        'FATAL: password authentication failed for user "bob" (PGPASSWORD=***, postgresql://bob:***@db)'
    )
    complaints = Complaints(["#b", "secret"])
    complaints.add(b"thing: a#b xsecrety")
    assert str(complaints) == "thing: a*** x***y"
