"""Counts, and SQLite's own check."""

from __future__ import annotations

import pytest
from sqlite_making import make_database, opened

from openviper.backup._sqlite.checking import check_integrity, check_pages, count_rows, has_schema
from openviper.backup._sqlite.connection import connect
from openviper.backup.errors import Interrupted, InvalidArchive
from openviper.backup.job import Job


def check(path, job=None):
    with job or Job() as run, connect(path, "mode=ro&immutable=1") as connection:
        return check_integrity(connection, "It", run)


def count(path, job=None):
    with job or Job() as run, connect(path) as connection:
        return count_rows(connection, run)


def test_counts(tmp_path):
    """Every table is counted, whatever its name; virtual ones by their tables, views and SQLite's own not at all."""
    path = make_database(tmp_path / "shop.db", rows=3)
    with opened(path) as connection:
        connection.executescript("""
            CREATE TABLE "a ""b"".c'" (x);
            INSERT INTO "a ""b"".c'" VALUES (1), (2);
            CREATE TABLE "ü [t] \n" (k PRIMARY KEY) WITHOUT ROWID;
            CREATE TABLE auto (id INTEGER PRIMARY KEY AUTOINCREMENT);
            CREATE VIEW v AS SELECT * FROM things;
            CREATE VIRTUAL TABLE docs USING fts5(body);
            INSERT INTO docs VALUES ('x');
            ANALYZE;
        """)
    counts, notes = count(path)
    shadows = {"docs_data", "docs_idx", "docs_content", "docs_docsize", "docs_config"}
    assert {name: rows for name, rows in counts.items() if name not in shadows} == {
        "things": 3,
        'a "b".c\'': 2,
        "ü [t] \n": 0,
        "auto": 0,
    }
    assert shadows <= set(counts)
    assert counts["docs_content"] == 1
    assert notes == ()


@pytest.fixture
def foreign(tmp_path):
    """A database that needs a collation and a function of some program."""
    path = make_database(tmp_path / "shop.db", rows=200)
    with opened(path) as connection:
        connection.create_collation("german", lambda a, b: (a > b) - (a < b))
        connection.create_function("twice", 1, lambda x: x * 2, deterministic=True)
        connection.executescript("""
            CREATE TABLE names (name TEXT COLLATE german PRIMARY KEY) WITHOUT ROWID;
            INSERT INTO names VALUES ('ada'), ('bob');
            CREATE TABLE numbers (n);
            INSERT INTO numbers VALUES (1);
            CREATE INDEX doubled ON numbers (twice(n));
        """)
    return path


def test_what_only_the_program_knows(foreign):
    """Tables that need what is not in the file are named, and the others are checked and counted nevertheless."""
    notes = check(foreign)
    assert len(notes) == 2
    assert "'names' could not be checked for damage: no such collation sequence: german" in notes
    assert any(note.startswith("'numbers' could not be checked for damage") for note in notes)
    counts, notes = count(foreign)
    assert counts["things"] == 200
    assert "names" not in counts
    assert any("The rows of 'names' were not counted: no such collation sequence: german" in note for note in notes)


def test_damage_beside_what_only_the_program_knows(foreign):
    """Damage in one table is found where another table needs what is not in the file."""
    _damage(foreign)
    with pytest.raises(InvalidArchive, match="It is damaged, says SQLite's integrity_check"):
        check(foreign)


def _damage(path):
    """Overwrite a page of the table ``things``."""
    with path.open("r+b") as file:
        file.seek(4096 * 4)
        file.write(b"\xde\xad\xbe\xef" * 1024)


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_sound_database(tmp_path, mode):
    """In a sound database nothing is found, and nothing is left behind."""
    path = make_database(tmp_path / "shop.db", mode=mode)
    assert check(path) == ()
    assert [each.name for each in tmp_path.iterdir()] == ["shop.db"]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_damage(tmp_path, mode):
    """A page of rubbish, an index that lacks a row, and a file that is cut are found and named."""
    path = make_database(tmp_path / "shop.db", mode=mode)
    data = path.read_bytes()
    _damage(path)
    with pytest.raises(InvalidArchive, match="It is damaged, says SQLite's integrity_check"):
        check(path)
    path.write_bytes(data)
    with opened(path) as connection:
        connection.executescript("""
            PRAGMA writable_schema = ON;
            DELETE FROM sqlite_schema WHERE name = 'words';
            PRAGMA writable_schema = OFF;
        """)
    with pytest.raises(InvalidArchive, match="integrity_check"):
        check(path)
    path.write_bytes(data[: len(data) // 2 // 4096 * 4096])
    with pytest.raises(InvalidArchive, match="integrity_check"):
        check(path)


@pytest.mark.parametrize("look", [check_integrity, check_pages])
def test_how_pages_are_looked_at(tmp_path, look):
    """The cells of each page are looked at as it is read: https://www.sqlite.org/pragma.html#pragma_cell_size_check."""
    path = make_database(tmp_path / "shop.db", rows=1)
    with Job() as job, connect(path) as connection:
        assert look(connection, "It", job) == ()
        assert connection.execute("PRAGMA cell_size_check").fetchone() == (1,)


def test_rows_that_break_a_rule_are_no_damage(tmp_path):
    """A database that could be backed up so can be restored so; a note says it."""
    path = tmp_path / "shop.db"
    with opened(path) as connection:
        connection.executescript("""
            CREATE TABLE t (a CHECK (a > 0), b);
            PRAGMA ignore_check_constraints = ON;
            INSERT INTO t VALUES (-1, NULL);
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a CHECK (a > 0), b NOT NULL)';
        """)
    assert check(path) == ("As it was backed up: NULL value in t.b",)


def test_whether_there_is_anything(tmp_path):
    """A table makes a database hold something; a file without a byte holds nothing."""
    (tmp_path / "empty.db").touch()
    with connect(tmp_path / "empty.db") as connection:
        assert not has_schema(connection)
    with connect(make_database(tmp_path / "shop.db", rows=0)) as connection:
        assert has_schema(connection)


def test_counting_is_ended_by_the_deadline(tmp_path):
    """The job's deadline ends a count of rows."""
    path = make_database(tmp_path / "shop.db", rows=3)
    with pytest.raises(Interrupted, match="not done within"):
        count(path, Job(timeout=1e-9))
