"""Questions to a real server by psql."""

from __future__ import annotations

import threading
import time

import pytest
from postgres_dumping import running

from openviper.backup._postgres.connection import connection_of
from openviper.backup._postgres.queries import Session, identifier, literal
from openviper.backup.errors import Interrupted, ToolFailed
from openviper.backup.job import Job
from openviper.backup.url import parse_url

ODD = "a'b\"c\\d\n;\té名\r:x :'y' \\! \\q --"


@pytest.fixture
def session(postgres):
    """A session of a superuser."""
    with Job(60) as job, Session(connection_of(parse_url(postgres.url())), job) as running_session:
        yield running_session


def test_rows_come_with_their_columns(session):
    """Rows are as JSON has them: numbers, NULL, truth, and texts of several lines."""
    query = (
        "SELECT n AS id, NULL AS none, n = 1 AS first, E'a\\nb|\\\\' AS text FROM generate_series(1, 2) n ORDER BY n"
    )
    assert session.rows(query) == [
        {"id": 1, "none": None, "first": True, "text": "a\nb|\\"},
        {"id": 2, "none": None, "first": False, "text": "a\nb|\\"},
    ]
    assert session.rows("SELECT 1 WHERE false") == []


def test_quoted_texts_and_names_are_passed_as_they_are(session):
    """No quote, backslash, colon or meta-command in them is anything else than a character."""
    assert session.value(f"SELECT {literal(ODD)}") == ODD
    assert session.rows(f"SELECT 1 AS {identifier(ODD)}") == [{ODD: 1}]
    session.run(f"CREATE TEMP TABLE {identifier(ODD[:20])} AS SELECT {literal(ODD)} AS a;")
    assert session.value(f"SELECT a FROM {identifier(ODD[:20])}") == ODD


def test_a_session_is_one_session(session):
    """What one statement sets, the next one sees; rows of a statement that is run are left out."""
    session.run("SELECT set_config('a.b', 'c', false); SELECT 'not read';")
    assert session.value("SELECT current_setting('a.b')") == "c"


def test_a_session_is_not_ended_for_being_slow(postgres):
    """Timeouts that the role has are off, and so is a search path that could show it other functions."""
    database = postgres.fresh("CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$")
    for setting in ("statement_timeout = 100", "search_path = public, pg_catalog"):
        database.run(f"ALTER ROLE owner IN DATABASE {database.name} SET {setting}")
    with Job(60) as job, Session(connection_of(parse_url(database.url)), job) as session:
        session.run("SELECT pg_sleep(0.5);")
        assert session.value("SELECT lower('A')") == "a"


def test_an_error_is_said_without_its_statement(session):
    """The message is the server's; the session is over."""
    with pytest.raises(
        ToolFailed, match=r'^psql exited 3: psql:<stdin>:\d+: ERROR:  relation "no such" does not exist$'
    ):
        session.rows("SELECT 'secret' FROM \"no such\"")
    with pytest.raises(ToolFailed, match="psql no longer reads"):
        session.run("SELECT 1;")


def test_more_than_one_value_is_refused(session):
    """More values than the one that was asked for are an error."""
    with pytest.raises(ToolFailed, match="2 values where one was expected"):
        session.value("SELECT generate_series(1, 2)")


def test_cancelling_stops_the_server_too(postgres):
    """The server does not go on with what a cancelled session has asked."""
    with Job() as job:
        threading.Timer(0.5, job.cancel).start()
        with Session(connection_of(parse_url(postgres.url())), job) as session, pytest.raises(Interrupted):
            session.value("SELECT pg_sleep(600) IS NULL")
    assert running("psql") == []
    deadline = time.monotonic() + 30
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()"
    while postgres.run(sleeping) != "0":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_was_not_committed_is_undone(postgres):
    """A session that is left ends its transaction."""
    database = postgres.fresh()
    with Job(60) as job, Session(connection_of(parse_url(database.url)), job) as session:
        session.run("BEGIN; CREATE TABLE public.gone ();")
    assert database.run("SELECT count(*) FROM pg_class WHERE relname = 'gone'") == "0"
