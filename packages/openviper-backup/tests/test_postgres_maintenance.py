"""The session beside a restored database, and the lock that keeps two restores apart."""

from __future__ import annotations

import pytest

from openviper.backup._postgres.connection import connection_of
from openviper.backup._postgres.maintenance import hold_lock, is_free, open_maintenance
from openviper.backup.errors import Interrupted, InvalidInput, TargetBusy, ToolFailed
from openviper.backup.job import Job
from openviper.backup.url import parse_url


@pytest.fixture
def job():
    with Job(60) as job:
        yield job


def where(session):
    return session.value("SELECT current_database()")


@pytest.mark.parametrize(
    ("database", "wanted", "found"),
    [
        ("shop", None, "postgres"),
        ("postgres", None, "template1"),
        ("template1", None, "postgres"),
        ("shop", "template1", "template1"),
    ],
)
def test_which_database(postgres, job, database, wanted, found):
    """postgres, else template1, else the one that is wanted; never the one that is restored."""
    with open_maintenance(connection_of(parse_url(postgres.url(database))), wanted, job) as (session, place):
        assert (where(session), place.database) == (found, found)


def test_postgres_is_closed(postgres, job):
    """template1 serves where this role may not connect to postgres; where none does, the first refusal is told."""
    url = parse_url(postgres.url("shop", user="owner"))
    postgres.run("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
    try:
        with open_maintenance(connection_of(url), None, job) as (session, _):
            assert where(session) == "template1"
        postgres.run("REVOKE CONNECT ON DATABASE template1 FROM PUBLIC")
        with (
            pytest.raises(ToolFailed, match=r'No connection to the database .postgres..*--maintenance-db.*"postgres"'),
            open_maintenance(connection_of(url), None, job),
        ):
            pass
    finally:
        postgres.run("GRANT CONNECT ON DATABASE postgres TO PUBLIC; GRANT CONNECT ON DATABASE template1 TO PUBLIC")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://owner:x@127.0.0.1:1/shop", "Connection refused; Is the server running"),
        ("postgresql://owner:x@db.invalid/shop", 'could not translate host name "db.invalid"'),
        ("{wrong password}", 'password authentication failed for user "postgres"$'),
    ],
)
def test_the_server_cannot_be_reached(postgres, job, url, message):
    """What is wrong for every database is told without advice to take another."""
    wrong = postgres.url("shop").replace("super%20secret", "wrong")
    connection = connection_of(parse_url(wrong if url == "{wrong password}" else url))
    with (
        pytest.raises(ToolFailed, match=f"^psql exited 2: psql: error: .*{message}"),
        open_maintenance(connection, None, job),
    ):
        pass


def test_the_target_itself(postgres, job):
    """The target is refused as the maintenance database."""
    url = parse_url(postgres.url("shop"))
    with (
        pytest.raises(InvalidInput, match="is the one to be restored"),
        open_maintenance(connection_of(url), "shop", job),
    ):
        pass


@pytest.mark.parametrize("second", ["postgres", "template1"])
@pytest.mark.parametrize("name", ["shop", "Größe", "x" * 63, "a", "b", "c"])
def test_the_lock(postgres, job, second, name):
    """One session has it, whichever database it is in; it is free when that session has ended."""
    connection = connection_of(parse_url(postgres.url("shop")))
    with open_maintenance(connection, second, job) as (other, _):
        with open_maintenance(connection, "postgres", job) as (session, _):
            hold_lock(session, name, job)
            assert is_free(session, name)
            assert not is_free(other, name)
            assert is_free(other, name + "2")
            if name == "shop":
                with pytest.raises(TargetBusy, match="Another restore of 'shop' is running"):
                    hold_lock(other, name, job)
            hold_lock(other, name + "2", job)
        hold_lock(other, name, job)


def test_waiting_for_the_lock_is_cancelled(postgres, job):
    """A cancelled job does not wait on."""
    connection = connection_of(parse_url(postgres.url("shop")))
    with open_maintenance(connection, None, job) as (session, _), Job(60) as own:
        hold_lock(session, "shop", job)
        with open_maintenance(connection, None, own) as (other, _):
            own.cancel()
            with pytest.raises(Interrupted):
                hold_lock(other, "shop", own)
