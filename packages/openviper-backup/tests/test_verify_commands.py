"""``viperctl verify-db``, as it is typed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from backup_terminal import names, project, viperctl
from ledger_commands import archive, url
from ledger_engine import dump_of

from openviper.backup.sidecar import sidecar_path


def test_verify(folder):
    """A backup is restored to nowhere, and counted."""
    file = archive(folder)
    (folder / "live").unlink()
    done = viperctl(folder, "verify-db", file, "--db", url(folder))
    assert (done.returncode, done.stderr) == (0, "Note: accepted\n")
    first, second = done.stdout.splitlines()
    assert first == f"Verified {file}: it was restored to a place of its own, which is gone again"
    assert second.startswith("  1 table with 1 row, which agree with the counts of the backup; ")
    assert names(folder) == ["kept", "new.sql", "site"]


def test_verify_without_counts(folder):
    """Where no counts were recorded, that is said."""
    done = viperctl(folder, "verify-db", "new.sql", "--db", url(folder), "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["compared"], result["row_counts"]) == (0, False, {"things": 1})
    assert result["notes"][-1] == "No row counts were recorded to compare with"


def test_verify_fails(folder):
    """A verification that fails is exit code 1 and one line."""
    (folder / "new.sql").write_bytes(dump_of(b"new\tnew"))
    done = viperctl(folder, "verify-db", "new.sql", "--db", url(folder))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Error: ledger exited 3: syntax error\n")


def test_verify_needs_a_server(folder):
    """Without a database on one, and of an engine that needs one, it is said that there is none."""
    done = viperctl(folder, "verify-db", archive(folder))
    assert done.returncode == 1
    assert "is of Ledger: a server is needed to restore it to. No database URL configured: DATABASES" in done.stderr


def test_verify_of_the_project(folder):
    """What needs a server is verified on that of the project's database."""
    project(folder, default=url(folder))
    assert viperctl(folder, "verify-db", archive(folder)).returncode == 0


@pytest.mark.parametrize(
    ("make", "args"),
    [
        (lambda made: made.parent / "latest.tar.gz", ()),
        (lambda made: sidecar_path(made).unlink() or made, ()),
        (lambda made: sidecar_path(made).write_text("{") and made, ("--skip-checksum",)),
    ],
    ids=["a link", "no sidecar", "a broken sidecar"],
)
def test_verify_of_sqlite(folder, make, args):
    """A backup of SQLite needs no database, whatever the project's is, and however its sidecar is."""
    project(folder, default="nodb:///x")
    with closing(sqlite3.connect(folder / "shop.db")) as shop:
        shop.execute("CREATE TABLE orders (id)")
    assert viperctl(folder, "backup-db", "--db", "sqlite:///shop.db", "--path", "kept").returncode == 0
    (made,) = (folder / "kept").glob("*.gz")
    (folder / "kept" / "latest.tar.gz").symlink_to(made.name)
    done = viperctl(folder, "verify-db", str(make(made)), *args)
    assert (done.returncode, done.stdout[:9]) == (0, "Verified "), done.stderr


@pytest.mark.parametrize("name", ["none.tar.gz", "new.sql/x.tar.gz"])
def test_verify_nothing(folder, name):
    """Where there is no file, that is said, with a database and without."""
    for database in (["--db", url(folder)], []):
        done = viperctl(folder, "verify-db", name, *database)
        assert (done.returncode, done.stderr) == (1, f"Error: Backup file not found: {name!r}\n")
