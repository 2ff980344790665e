"""Where a database is, as its backups say it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from dump_script import order

from openviper.backup._source import source_of
from openviper.backup._writing.making import make_backup
from openviper.backup.errors import InvalidInput
from openviper.backup.job import Job
from openviper.backup.sidecar import read_sidecar
from openviper.backup.url import parse_url


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in ("PGHOST", "PGPORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("url", "engine", "source"),
    [
        ("postgresql://ada:secret@db.example/shop", "postgres", "db.example:5432/shop"),
        ("postgresql+asyncpg://bob:other@DB.example:5432/shop?sslmode=require", "postgres", "db.example:5432/shop"),
        ("postgresql://db.example:5433/shop", "postgres", "db.example:5433/shop"),
        ("postgresql://ada@[::1]/shop", "postgres", "[::1]:5432/shop"),
        ("postgresql:///shop", "postgres", "localhost:5432/shop"),
        ("postgresql:///shop?host=/run/Postgres", "postgres", "/run/Postgres:5432/shop"),
        ("postgresql:///shop?host=a:5433&host=b&port=5434", "postgres", "a:5433,b:5434/shop"),
        ("postgresql:///shop?hostaddr=10.0.0.1", "postgres", "localhost:5432,10.0.0.1/shop"),
        ("postgresql://db.example:5433/shop?hostaddr=10.0.0.2", "postgres", "db.example:5433,10.0.0.2/shop"),
        ("postgresql:///shop?host=a:1&hostaddr=fe80::1", "postgres", "a:1,fe80::1/shop"),
        ("mariadb://a/shop?host=b&port=1&hostaddr=10.0.0.1", "mariadb", "a:3306/shop"),
        ("mysql://db.example/shop?unix_socket=/run/my.sock", "mariadb", "db.example:3306,/run/my.sock/shop"),
        ("mariadb://ada:secret@db.example/shop", "mariadb", "db.example:3306/shop"),
        ("mysql://ada:secret@localhost/shop?unix_socket=/run/my.sock", "mariadb", "/run/my.sock/shop"),
        ("mssql://sa:secret@db.example/shop", "mssql", "db.example:1433/shop"),
        ("oracle://ada:secret@db.example/?service_name=SHOP", "oracle", "db.example:1521/SHOP/ada"),
        ("oracle://bob:secret@db.example:1521/SHOP", "oracle", "db.example:1521/SHOP/bob"),
        ("notes:///notes.txt", "notes", "notes.txt"),
        ("notes://ada:secret@db.example:1/notes", "notes", "db.example:1/notes"),
        ("sqlite:////srv/shop.db?timeout=3", "sqlite", "/srv/shop.db"),
        ("sqlite:///file:/srv/shop.db?uri=true&mode=rw", "sqlite", "/srv/shop.db"),
    ],
)
def test_the_source(url, engine, source):
    """A source is host, port and name, or the file, whoever asks and by whatever driver."""
    assert source_of(parse_url(url), engine) == source


def test_a_relative_file_is_told_from_another(tmp_path, monkeypatch):
    """A relative path of SQLite is one of the current directory."""
    monkeypatch.chdir(tmp_path)
    assert source_of(parse_url("sqlite:///shop.db"), "sqlite") == str(Path(tmp_path, "shop.db").resolve())


def test_the_variables_of_libpq_count(monkeypatch):
    """PostgreSQL's host and port are those of its variables where the URL has none; the others know nothing of them."""
    monkeypatch.setenv("PGHOST", "db.example")
    monkeypatch.setenv("PGPORT", "5433")
    assert source_of(parse_url("postgresql:///shop"), "postgres") == "db.example:5433/shop"
    assert source_of(parse_url("postgresql://a/shop"), "postgres") == "a:5433/shop"
    assert source_of(parse_url("mariadb:///shop"), "mariadb") == "localhost:3306/shop"


def test_a_variable_that_is_taken_away(monkeypatch):
    """PGHOSTADDR, which the programs are not given, changes nothing."""
    monkeypatch.setenv("PGHOSTADDR", "10.0.0.1")
    assert source_of(parse_url("postgresql://a/shop"), "postgres") == "a:5432/shop"


def test_no_file():
    """A URL of SQLite that means no file is refused."""
    with pytest.raises(InvalidInput, match="in memory"):
        source_of(parse_url("sqlite:///:memory:"), "sqlite")


def test_a_backup_says_it(tmp_path):
    """A backup has its source in its sidecar, without the password."""
    with Job() as job:
        made = make_backup(replace(order(tmp_path), url=parse_url("script://ada:secret@db.example/shop")), job)
    assert read_sidecar(made.file).source == "db.example/shop"
    assert "secret" not in made.sidecar_file.read_text()
