"""What backup files are called."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from openviper.backup.errors import InvalidInput
from openviper.backup.naming import FileName, checked_name, database_name, parse_file_name, safe_path
from openviper.backup.url import DatabaseURL

MOMENT = datetime(2026, 1, 31, 23, 59, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (FileName("shop", MOMENT, ".tar.gz"), "shop_20260131-235958.tar.gz"),
        (FileName("shop", MOMENT, ".tar.gz", 2), "shop_20260131-235958-2.tar.gz"),
        (FileName("my_shop", MOMENT, ".sql"), "my_shop_20260131-235958.sql"),
        (FileName("shop_20250101-000000", MOMENT, ".sql.age"), "shop_20250101-000000_20260131-235958.sql.age"),
        (FileName("büro 1", MOMENT, ".tar.gz.age", 10), "büro 1_20260131-235958-10.tar.gz.age"),
    ],
)
def test_names_and_back(name, text):
    """A name is written as documented, and read back to what it was made of."""
    assert str(name) == text
    assert parse_file_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "shop.tar.gz",
        "_20260131-235958.tar.gz",
        "shop_20260131-235958.tar",
        "shop_20260131-235958.tar.gz.part",
        "shop_20260131-235958.tar.gz.meta.json",
        "shop_20260231-235958.tar.gz",
        "shop_20260131-235960.tar.gz",
        "shop_20260131-235958-0.tar.gz",
        "shop_20260131-2359\u06658.tar.gz",
        "shop_20260131-235958.tar.gz\n",
        "",
    ],
)
def test_what_is_no_name(text):
    """Other names, and dates that there are not, are not taken for a backup's."""
    assert parse_file_name(text) is None


@pytest.mark.parametrize(
    ("database", "engine", "name"),
    [
        ("shop", "postgres", "shop"),
        ("shop.v2", "postgres", "shop.v2"),
        ("my shop; drop", "mariadb", "my_shop__drop"),
        ("a/b", "postgres", "b"),
        ("data/shop.db", "sqlite", "shop"),
        ("/srv/data/shop.sqlite3", "sqlite", "shop"),
        ("file:/srv/shop.db", "sqlite", "shop"),
        ("file:shop.db", "sqlite", "shop"),
        ("büro", "postgres", "büro"),
        ("line\nbreak\x00", "postgres", "line_break_"),
        ("", "postgres", "database"),
        ("x" * 400, "postgres", "x" * 180),
        ("é" * 400, "postgres", "é" * 90),
    ],
)
def test_the_name_of_a_database(database, engine, name):
    """A database is called by the last part of its URL's path, without what a shell or a file system minds."""
    assert database_name(DatabaseURL("x", database), engine) == name


def test_the_name_of_a_service():
    """Oracle's databases, which are often named by an option alone, are called by that."""
    url = DatabaseURL("oracle", "", query=(("service_name", "SHOP"),))
    assert database_name(url, "oracle") == "SHOP"


@pytest.mark.parametrize("name", ["nightly", "a b", "büro", "x" * 180, "..."])
def test_names_that_users_choose(name):
    """Names that users choose stay as they are."""
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a\\b", "a\x00", "a\nb", ".", "..", "\udcff", "x" * 181, "é" * 91])
def test_names_that_are_refused(name):
    """A separator, a control character, no name and too long a one are refused, and shown as an escape at most."""
    with pytest.raises(InvalidInput, match=r"^--name ") as raised:
        checked_name(name)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("path", ["backup", "./backup", "/srv/backup", "a..b/c", Path("x/y"), "..."])
def test_paths_that_are_taken(path):
    """A path may lead anywhere."""
    assert safe_path(path) == Path(path)


@pytest.mark.parametrize("path", ["..", "../backup", "a/../b", "/srv/..", "a\\..\\b", Path("a/../b")])
def test_paths_that_climb(path):
    """A path with '..' in it is refused, with the documented words."""
    with pytest.raises(InvalidInput, match=r"^Path traversal detected"):
        safe_path(path)


@pytest.mark.parametrize("path", ["", "a\x00b"])
def test_what_is_no_path(path):
    """What no system takes for a path is refused."""
    with pytest.raises(InvalidInput, match="is not a path"):
        safe_path(path)
