"""Which ``PG*`` variables a URL becomes."""

from __future__ import annotations

import pytest

from openviper.backup._postgres.connection import connection_of
from openviper.backup.errors import InvalidInput
from openviper.backup.url import parse_url

ALWAYS = {"PGAPPNAME": "openviper-backup", "PGCONNECT_TIMEOUT": "30", "PGDATABASE": "shop"}


@pytest.mark.parametrize(
    ("url", "variables"),
    [
        ("postgresql:///shop", {}),
        ("postgres://ada:a%40b%3A%27@db.example:5433/shop", {"USER": "ada", "PASSWORD": "a@b:'", "PORT": "5433"}),
        ("postgresql+asyncpg://ada@db.example/a%2Fb c", {"USER": "ada", "DATABASE": "a/b c"}),
        ("postgresql://ada:@db.example/shop", {"USER": "ada"}),
        ("postgresql://[::1]:1/shop", {"HOST": "::1", "PORT": "1"}),
        ("postgresql:///shop?host=/run/postgresql", {"HOST": "/run/postgresql"}),
        ("postgresql://x:1/shop?host=/run/a:b&port=7", {"HOST": "/run/a:b", "PORT": "7"}),
        ("postgresql://%2Frun%2Fpostgresql/shop", {"HOST": "/run/postgresql"}),
        ("postgresql:///shop?host=a:1&host=b:2", {"HOST": "a,b", "PORT": "1,2"}),
        ("postgresql://:9/shop?host=a&host=b:2", {"HOST": "a,b", "PORT": "9,2"}),
        ("postgresql:///shop?host=a,b", {"HOST": "a,b"}),
        ("postgresql:///shop?host=::1", {"HOST": "::1"}),
        ("postgresql:///shop?user=eva&password=x&passfile=/p", {"USER": "eva", "PASSWORD": "x", "PASSFILE": "/p"}),
        ("postgresql:///shop?sslmode=verify-full&sslrootcert=/ca", {"SSLMODE": "verify-full", "SSLROOTCERT": "/ca"}),
        ("postgresql+asyncpg:///shop?ssl=require", {"SSLMODE": "require"}),
        ("postgresql+asyncpg:///shop?ssl=True", {"SSLMODE": "require"}),
        ("postgresql:///shop?options=-c%20geqo%3Doff&application_name=a", {"OPTIONS": "-c geqo=off", "APPNAME": "a"}),
        ("postgresql:///shop?connect_timeout=3", {"CONNECT_TIMEOUT": "3"}),
        ("postgresql:///shop?target_session_attrs=read-write", {"TARGETSESSIONATTRS": "read-write"}),
        ("postgresql+asyncpg:///shop?prepared_statement_cache_size=0&timeout=5", {}),
    ],
)
def test_a_url_becomes_variables(url, variables):
    """Each row: a URL, and what it says beyond the defaults."""
    expected = {**ALWAYS, **{f"PG{name}": value for name, value in variables.items()}}
    if "db.example" in url:
        expected["PGHOST"] = "db.example"
    connection = connection_of(parse_url(url))
    assert {name: value for name, value in connection.environment.items() if value is not None} == expected
    assert connection.database == expected["PGDATABASE"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://ada:hunter2@h", "names no database; expected postgresql://user@host/database"),
        ("postgresql:///shop?service=hunter2", "The option 'service' of the database URL is not taken: say host"),
        (
            "postgresql:///shop?dbname=hunter2",
            "The option 'dbname' of the database URL is not taken: the database's name",
        ),
        ("postgresql:///shop?sslpassword=hunter2", "The option 'sslpassword' of the database URL is not taken: libpq"),
        ("postgresql:///shop?ssl_mode=hunter2", "The option 'ssl_mode' of the database URL is not one of libpq's"),
        ("postgresql:///shop?ssl=maybe", "ssl='maybe' in the database URL; expected one of disable, allow, prefer"),
    ],
)
def test_what_cannot_be_passed_on_is_refused(url, message):
    """Each row: a URL, and what is said of it, without its values."""
    with pytest.raises(InvalidInput) as caught:
        connection_of(parse_url(url))
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_our_own_variables_do_not_go_before_the_url(monkeypatch):
    """What would lead to another server, or change the dump, is taken away; the rest stays for libpq."""
    for name in ("PGSERVICE", "PGHOSTADDR", "PGCLIENTENCODING", "PGDATESTYLE", "PGTZ"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "7")
    environment = connection_of(parse_url("postgresql:///shop")).environment
    assert [environment[name] for name in ("PGSERVICE", "PGHOSTADDR", "PGCLIENTENCODING", "PGDATESTYLE", "PGTZ")] == [
        None
    ] * 5
    assert not {"PGCONNECT_TIMEOUT", "PGSSLMODE", "PGPASSFILE", "PGHOST"} & {*environment}


def test_a_connection_to_another_database_differs_in_its_name():
    """The role, the password and the place are the same."""
    connection = connection_of(parse_url("postgresql://ada:hunter2@h/shop"))
    other = connection.to("template1")
    assert other.database == other.environment["PGDATABASE"] == "template1"
    assert {**other.environment, "PGDATABASE": "shop"} == connection.environment
    assert other.secrets == connection.secrets == ("hunter2",)


def test_nothing_that_is_shown_has_the_password(monkeypatch):
    """Neither the representation of a connection nor its URL for people has the password."""
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    connection = connection_of(parse_url("postgresql://ada:hunter2@h/shop?password=hunter3"))
    assert connection.secrets == ("hunter3", "s3cret")
    assert "hunter" not in repr(connection)
    assert connection.shown == "postgresql://ada@h/shop"
