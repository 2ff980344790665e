"""Database URLs."""

from __future__ import annotations

import re

import pytest

from openviper.backup.errors import InvalidInput
from openviper.backup.url import DatabaseURL, parse_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("sqlite://", DatabaseURL("sqlite")),
        ("sqlite:///shop.db", DatabaseURL("sqlite", "shop.db")),
        ("sqlite:////var/lib/shop.db", DatabaseURL("sqlite", "/var/lib/shop.db")),
        ("sqlite+aiosqlite:////a%20b/c@d:e.db", DatabaseURL("sqlite+aiosqlite", "/a b/c@d:e.db")),
        ("sqlite:///100%.db", DatabaseURL("sqlite", "100%.db")),
        (
            "sqlite:///file:shop.db?mode=ro&uri=true",
            DatabaseURL("sqlite", "file:shop.db", query=(("mode", "ro"), ("uri", "true"))),
        ),
        ("postgresql://db.example/shop", DatabaseURL("postgresql", "shop", "db.example")),
        ("POSTGRES://db.example", DatabaseURL("postgres", "", "db.example")),
        ("postgresql+asyncpg://ada@/shop", DatabaseURL("postgresql+asyncpg", "shop", user="ada")),
        (
            "postgresql://ada:hunter2@db.example:5432/shop?sslmode=require",
            DatabaseURL("postgresql", "shop", "db.example", 5432, "ada", "hunter2", (("sslmode", "require"),)),
        ),
        (
            "mysql+aiomysql://ada:kx%40jj5%2Fg@db.example:/shop",
            DatabaseURL("mysql+aiomysql", "shop", "db.example", None, "ada", "kx@jj5/g"),
        ),
        (
            "mysql://ada:a:b/c?d#e'\"f;%25g@db.example/shop",
            DatabaseURL("mysql", "shop", "db.example", None, "ada", "a:b/c?d#e'\"f;%g"),
        ),
        (
            "mysql://ada@tenant:secret@db.example/s",
            DatabaseURL("mysql", "s", "db.example", None, "ada@tenant", "secret"),
        ),
        ("mysql://ada:@db.example/shop", DatabaseURL("mysql", "shop", "db.example", None, "ada", "")),
        ("mysql://:secret@db.example/shop", DatabaseURL("mysql", "shop", "db.example", None, "", "secret")),
        ("mysql://[::1]:3306/shop", DatabaseURL("mysql", "shop", "::1", 3306)),
        ("mysql://[fe80::1%25eth0]/shop", DatabaseURL("mysql", "shop", "fe80::1%eth0")),
        ("postgresql://%2Frun%2Fpostgresql/shop", DatabaseURL("postgresql", "shop", "/run/postgresql")),
        (
            "postgresql:///sh%C3%B6p?host=/run/pg&host=/tmp&user=",
            DatabaseURL("postgresql", "shöp", query=(("host", "/run/pg"), ("host", "/tmp"), ("user", ""))),
        ),
        ("mssql+pyodbc://sa:x%0Ay@db/shop", DatabaseURL("mssql+pyodbc", "shop", "db", None, "sa", "x\ny")),
    ],
)
def test_parts(text, url):
    """Each part is found and decoded."""
    assert parse_url(text) == url


UNREADABLE = "The database URL cannot be read; expected scheme://user:password@host:port/database"
CONTROL = "The database URL has a control character in it"
HOST = "The host of the database URL (mysql) is not a name or an address"
PORT = "The port of the database URL (mysql) is not a number from 0 to 65535"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", UNREADABLE),
        ("hunter2", UNREADABLE),
        ("shop.db", "in names as %40, or sqlite:///path.db"),
        ("mysql:/ada:hunter2@db/shop", UNREADABLE),
        ("://ada:hunter2@db/shop", UNREADABLE),
        ("4sql://ada:hunter2@db/shop", UNREADABLE),
        ("mysql://ada:abc@hunter2@db.example/shop", UNREADABLE),
        ("mysql://ada:a@b:hunter2@db.example/shop", UNREADABLE),
        ("mysql://ada:hunter2@[db.example]/shop", UNREADABLE),
        ("mysql://ada:hunter2@[::1/shop", UNREADABLE),
        ("mysql://ada:hunter2@[::1]x/shop", UNREADABLE),
        ("mysql://ada:hunter2@db/shop\n", CONTROL),
        ("mysql://ada:hunter2\x00@db/shop", CONTROL),
        ("mysql://ada:hunter2@db\x1b[0m/shop", CONTROL),
        ("mysql://ada:hunter2@db.example:http/shop", PORT),
        ("mysql://ada:hunter2@db.example:65536/shop", PORT),
        ("mysql://ada:hunter2@db.example:-1/shop", PORT),
        ("mysql://ada:hunter2@db.example:٣/shop", PORT),
        ("mysql://ada:hunter2@h1:1,h2:2/shop", PORT),
        (f"mysql://ada:hunter2@db.example:{'9' * 5000}/shop", PORT),
        ("mysql://ada:hunter2@a%40b/shop", HOST),
        ("mysql://ada:hunter2@a%0Ab/shop", HOST),
        ("mysql://ada:hunter2@a b/shop", HOST),
        ("mysql://ada:hunter2%FF@db/shop", "The password of the database URL (mysql) is not UTF-8"),
        ("mysql://ada:hunter2%00@db/shop", "The password of the database URL (mysql) is not UTF-8 without NUL"),
        ("mysql://a%FFda:hunter2@db/shop", "The user of the database URL (mysql) is not UTF-8"),
        ("mysql://ada:hunter2@db/sh%00op", "The database of the database URL (mysql) is not UTF-8 without NUL"),
        ("mysql://ada:hunter2@db/shop?a=%FF", "The query of the database URL (mysql) is not UTF-8"),
        ("mysql://ada:hunter2@db/shop?a=%00", "The query of the database URL (mysql) is not UTF-8 without NUL"),
    ],
)
def test_refused(text, message):
    """What is no URL is refused, with what was expected, and without a part of it that may be secret."""
    with pytest.raises(InvalidInput, match=re.escape(message)) as raised:
        parse_url(text)
    assert "hunter2" not in str(raised.value)
    # What a decoder complains of has the text in it, and must not be shown as the cause.
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ada:hunter2@db:5432/shop?password=hunter2", "postgresql://ada@db:5432/shop"),
        ("postgresql://a%2Fd%40a:hunter2@[::1]/shop", "postgresql://a%2Fd%40a@[::1]/shop"),
        ("sqlite:////var/lib/shop.db", "sqlite:////var/lib/shop.db"),
        ("sqlite:///sh%C3%B6p%1B[2J%0A.db", "sqlite:///shöp%1B[2J%0A.db"),
        ("mysql://:hunter2@/", "mysql:///"),
    ],
)
def test_shown(text, shown):
    """What people see has neither password nor query, nor what a terminal would obey."""
    url = parse_url(text)
    assert str(url) == shown
    assert "hunter2" not in f"{url!r} {url}"


def test_shown_bytes():
    """A path that is not UTF-8 can be shown too."""
    assert str(DatabaseURL("sqlite", "/a\udcff.db")) == "sqlite:////a%FF.db"


def test_options():
    """Of an option that is there twice, the last counts."""
    url = parse_url("mysql:///shop?charset=latin1&charset=utf8mb4")
    assert (url.option("charset"), url.option("ssl")) == ("utf8mb4", None)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg"])
def test_dialect(scheme):
    """The scheme may name a driver, which is the application's, not ours."""
    assert parse_url(f"{scheme}:///shop").dialect == "postgresql"
