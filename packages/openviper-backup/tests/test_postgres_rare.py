"""What few databases of PostgreSQL have, and a restore brings back all the same, compared by the server's catalogs."""

from __future__ import annotations

import pytest
from postgres_restoring import backup, left, restore, schema

RARE = """
CREATE EXTENSION postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'db.example', dbname 'it''s');
CREATE USER MAPPING FOR owner SERVER far OPTIONS (user 'ada', password 'se\\cret ''1');
CREATE USER MAPPING FOR PUBLIC SERVER far;
CREATE FOREIGN TABLE far_things (a integer OPTIONS (column_name 'b')) SERVER far;
CREATE TYPE kind AS (a text);
CREATE FUNCTION to_kind(integer) RETURNS kind LANGUAGE sql AS $$ SELECT ROW($1::text)::kind $$;
CREATE CAST (integer AS kind) WITH FUNCTION to_kind(integer) AS ASSIGNMENT;
CREATE CAST (kind AS text) WITH INOUT AS IMPLICIT;
CREATE TABLE log (what text);
CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.log VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER noting ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE VIEW') EXECUTE FUNCTION note();
CREATE EVENT TRIGGER silent ON sql_drop EXECUTE FUNCTION note();
ALTER EVENT TRIGGER silent DISABLE;
CREATE TABLE noted (a integer);
"""
SUBSCRIBED = "CREATE SUBSCRIPTION far CONNECTION 'host=db.example dbname=x' PUBLICATION p, q WITH (connect = false)"
UNSUBSCRIBED = "ALTER SUBSCRIPTION far SET (slot_name = NONE); DROP SUBSCRIPTION far"
# pg_dump writes options in its own order.
CATALOGS = [
    "SELECT evtname, evtevent, evtowner::regrole, evtfoid::regproc, evtenabled, evttags FROM pg_event_trigger",
    "SELECT srvname, srvowner::regrole, ARRAY(SELECT unnest(srvoptions) ORDER BY 1) FROM pg_foreign_server",
    "SELECT srvname, usename, ARRAY(SELECT unnest(umoptions) ORDER BY 1) FROM pg_user_mappings",
    "SELECT castsource::regtype, casttarget::regtype, castfunc::regproc, castcontext, castmethod FROM pg_cast "
    "WHERE oid >= 16384",
    "SELECT subname, subowner::regrole, subenabled, subconninfo, subslotname, subpublications FROM pg_subscription "
    "WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
    "SELECT what FROM log",
]


def catalogs(database):
    """Return what the server knows of such things, in an order."""
    return [sorted(database.run(query, user="postgres").splitlines()) for query in CATALOGS]


@pytest.fixture
def rare(postgres):
    """A database with all that only a superuser can make, but for subscriptions."""
    database = postgres.fresh()
    database.run(RARE, user="postgres")
    return database


def test_it_is_all_as_it_was(postgres, rare, tmp_path):
    """A superuser's restore brings back event triggers, which do not run in it, servers, user mappings and casts."""
    file = backup(rare, tmp_path)
    before, made = catalogs(rare), schema(rare)
    assert [len(rows) for rows in before] == [2, 1, 2, 2, 0, 1]
    rare.run("DROP EVENT TRIGGER noting; DROP CAST (integer AS kind); DROP SERVER far CASCADE", user="postgres")
    restore(file, postgres.url(rare.name))
    assert catalogs(rare) == before
    assert (schema(rare), left(rare)) == (made, [])
    rare.run("CREATE TABLE later (a integer)", user="postgres")
    assert rare.run("SELECT count(*) FROM log", user="postgres") == "2"


def test_a_subscription_comes_back_and_sleeps(postgres, tmp_path):
    """As pg_dump writes it: disabled, so that no two databases take one slot's changes."""
    first, second = postgres.fresh("CREATE TABLE log (what text)"), postgres.fresh()
    first.run(SUBSCRIBED, user="postgres")
    try:
        file = backup(first, tmp_path)
        before = catalogs(first)
        restore(file, postgres.url(second.name))
        try:
            assert (catalogs(second), len(before[4])) == (before, 1)
        finally:
            second.run(UNSUBSCRIBED, user="postgres")
    finally:
        first.run(UNSUBSCRIBED, user="postgres")
