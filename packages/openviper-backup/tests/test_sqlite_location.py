"""Which file a URL means."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest

from openviper.backup._sqlite.location import locate
from openviper.backup.errors import InvalidInput
from openviper.backup.url import parse_url


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///shop.db", "shop.db"),
        ("sqlite:///data/shop.db", "data/shop.db"),
        ("sqlite+aiosqlite:///shop.db", "shop.db"),
        ("sqlite+pysqlite:///shop.db", "shop.db"),
        ("SQLite:///shop.db", "shop.db"),
        ("sqlite:////srv/shop.db", "/srv/shop.db"),
        ("sqlite:///my shop.db", "my shop.db"),
        ("sqlite:///my%20shop.db", "my shop.db"),
        ("sqlite:///50%25.db", "50%.db"),
        ("sqlite:///a%3Fb#c.db", "a?b#c.db"),
        ("sqlite:///käse.db", "käse.db"),
        ("sqlite:///k%C3%A4se.db", "käse.db"),
        ("sqlite:///shop.db?timeout=5&check_same_thread=false", "shop.db"),
        ("sqlite:///file:shop.db", "shop.db"),
        ("sqlite:///file:shop.db?uri=true", "shop.db"),
        ("sqlite:///file:shop.db?mode=ro&uri=true", "shop.db"),
        ("sqlite:///file:shop.db?cache=shared&uri=true", "shop.db"),
        ("sqlite:///file:shop.db%3Fmode=ro?uri=true", "shop.db"),
        ("sqlite:///file:/srv/shop.db?uri=true", "/srv/shop.db"),
        ("sqlite:///file:///srv/shop.db?uri=true", "/srv/shop.db"),
        ("sqlite:///file://localhost/srv/shop.db?uri=true", "/srv/shop.db"),
        ("sqlite:///file:a%2520b.db?uri=true", "a b.db"),
        ("sqlite:///file:a%2520b%253Fc.db%23x?uri=true", "a b?c.db"),
    ],
)
def test_a_url(tmp_path, monkeypatch, url, path):
    """A relative path stands in the current directory; %XX is decoded once, and behind file: once more."""
    monkeypatch.chdir(tmp_path)
    assert locate(parse_url(url)).path == tmp_path / path


@pytest.mark.parametrize(
    "filename",
    ["file:shop.db", "file:a%20b.db", "file:a%3Fb.db", "file:shop.db?mode=rwc#x", "file:./shop.db?cache=private"],
)
def test_file_as_sqlite_reads_it(tmp_path, monkeypatch, filename):
    """What SQLite opens by a name with file: is what is found."""
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect(filename, uri=True)) as connection:
        connection.execute("PRAGMA user_version = 1")
        opened = connection.execute("PRAGMA database_list").fetchone()[2]
    name = filename.replace("%", "%25").replace("?", "%3F").replace("#", "%23")
    assert str(locate(parse_url(f"sqlite:///{name}?uri=true")).path) == opened


def test_a_name_that_begins_with_file(tmp_path, monkeypatch):
    """A file that is there under that very name is the one that SQLAlchemy opens without uri=true."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file:shop.db").touch()
    assert locate(parse_url("sqlite:///file:shop.db")).path == tmp_path / "file:shop.db"
    assert locate(parse_url("sqlite:///file:shop.db?uri=true")).path == tmp_path / "shop.db"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "A database in memory cannot be backed up or restored"),
        ("sqlite:///", "A database in memory cannot be backed up or restored"),
        ("sqlite:///:memory:", "A database in memory cannot be backed up or restored"),
        ("sqlite+aiosqlite:///:memory:", "A database in memory cannot be backed up or restored"),
        ("sqlite:///%3Amemory%3A", "A database in memory cannot be backed up or restored"),
        ("sqlite:///file:?uri=true", "A database in memory cannot be backed up or restored"),
        ("sqlite:///file::memory:?uri=true", "A database in memory cannot be backed up or restored"),
        ("sqlite:///file::memory:?cache=shared&uri=true", "A database in memory cannot be backed up or restored"),
        ("sqlite:///file:shop?mode=memory&uri=true", "A database in memory cannot be backed up or restored"),
        ("sqlite:///file:shop%3Fmode=memory?uri=true", "A database in memory cannot be backed up or restored"),
        ("sqlite://shop.db", "A URL of SQLite has no host"),
        ("sqlite://ada@/shop.db", "A URL of SQLite has no host"),
        ("sqlite://:5432/shop.db", "A URL of SQLite has no host"),
        ("sqlite:///file://db.example/shop.db?uri=true", "leads to another host .'db.example'."),
        ("sqlite:///file:shop.db?vfs=unix-none&uri=true", "another VFS .'unix-none'."),
        ("sqlite:///file:a%2500b?uri=true", "NUL in its path"),
        ("sqlite+pysqlcipher:///shop.db", "are encrypted"),
        ("sqlite:///shop.db?timeout=soon", "timeout='soon' of the URL is not a number of seconds"),
        ("sqlite:///shop.db?timeout=-1", "timeout='-1'"),
        ("sqlite:///shop.db?timeout=nan", "timeout='nan'"),
    ],
)
def test_a_url_that_is_refused(url, message):
    """What means no file is refused with the reason."""
    with pytest.raises(InvalidInput, match=message):
        locate(parse_url(url))


def test_a_symbolic_link(tmp_path):
    """A symbolic link means the file behind it, which need not be there."""
    (tmp_path / "link").symlink_to("there.db")
    assert locate(parse_url(f"sqlite:///{tmp_path}/link")).path == tmp_path / "there.db"


@pytest.mark.parametrize(("query", "seconds"), [("", 30), ("?timeout=2.5", 2.5), ("?timeout=0", 0)])
def test_patience(query, seconds):
    """The URL's timeout is how long locks of others are waited for."""
    assert locate(parse_url(f"sqlite:///shop.db{query}")).patience == seconds


def test_a_name_of_bytes(tmp_path):
    """A path that is no UTF-8 can be reached by file:."""
    path = locate(parse_url(f"sqlite:///file:{tmp_path}/%25FF.db?uri=true")).path
    assert os.fsencode(path.name) == b"\xff.db"
