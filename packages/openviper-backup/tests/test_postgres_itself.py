"""A restore into the database itself, for a role that can make none beside it."""

from __future__ import annotations

import pytest
from postgres_dumping import contents, dump
from postgres_restoring import PLAIN, RICH, backup, dump_text, kill_psql, restore, schema, sql_file

from openviper.backup.errors import RestoreRefused, SwapUnfinished

COMMENT = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
MORE = """
CREATE SCHEMA more; CREATE TYPE more.kind AS ENUM ('a'); CREATE TABLE more.added (k more.kind);
CREATE FUNCTION more.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SEQUENCE public.counter;
CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
CREATE AGGREGATE public.product (int) (SFUNC = int4mul, STYPE = int, INITCOND = '1');
CREATE COLLATION public.mine FROM "C"; CREATE TEXT SEARCH CONFIGURATION public.words_of (COPY = simple);
CREATE PROCEDURE more.p() LANGUAGE sql AS ''; CREATE STATISTICS public.st ON id, name FROM public.things;
SELECT lo_create(0); CREATE PUBLICATION pub;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO other; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO other; GRANT ALL ON SCHEMA public TO other;
ALTER DEFAULT PRIVILEGES IN SCHEMA more GRANT ALL ON SEQUENCES TO PUBLIC;
CREATE TABLE later (id integer PRIMARY KEY REFERENCES things); CREATE CAST (text AS more.kind) WITH INOUT;
"""


@pytest.fixture
def nocreatedb(postgres):
    """The owner may make no databases."""
    postgres.run("ALTER ROLE owner NOCREATEDB")
    yield
    postgres.run("ALTER ROLE owner CREATEDB")


def test_it_is_refused_without_the_option(postgres, tmp_path, nocreatedb):
    """Nothing is touched; the refusal says what would allow it."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    with pytest.raises(RestoreRefused, match='ALTER ROLE "owner" CREATEDB; or --in-place'):
        restore(file, database.url)


def test_row_by_row(postgres, tmp_path, nocreatedb):
    """All that was there is gone, extensions apart; all that was in the backup is there."""
    database = postgres.fresh(PLAIN + RICH)
    database.run(f"COMMENT ON DATABASE {database.name} IS 'mine'; CREATE EXTENSION file_fdw", user="postgres")
    file = backup(database, tmp_path)
    rows, made = contents(database), schema(database)
    database.run(MORE)
    done = restore(file, database.url, in_place=True)
    assert contents(database) == rows
    assert schema(database) == made
    assert postgres.databases() == [database.name]
    assert database.run(COMMENT) == "mine"
    assert any("old data was not kept" in note for note in done.notes)


def test_many_tables(postgres, tmp_path, nocreatedb):
    """More tables than one transaction can lock are dropped."""
    database = postgres.fresh()
    body = "\n".join(f"CREATE TABLE public.t{n} (a text);" for n in range(3000))
    restore(sql_file(tmp_path, dump_text(body)), database.url, in_place=True, analyze=False)
    restore(sql_file(tmp_path, dump_text("CREATE TABLE public.t (a text);")), database.url, in_place=True)
    assert database.run("SELECT relname FROM pg_class WHERE relkind = 'r' AND oid >= 16384") == "t"


@pytest.mark.parametrize("step", ["clear", "loading"])
def test_it_fails_half_way(postgres, tmp_path, nocreatedb, step):
    """The error says that it is half loaded; the same restore again begins anew."""
    database = postgres.fresh(PLAIN)
    database.run(f"COMMENT ON DATABASE {database.name} IS 'mine'")
    file = backup(database, tmp_path)
    rows = contents(database)

    def look(progress):
        if ("loading" if progress.step == "load" and progress.done else progress.step) == step:
            kill_psql("newest")

    with pytest.raises(
        SwapUnfinished, match=r"is half loaded, as --in-place allows: psql exited -9.*again begins anew"
    ):
        restore(file, database.url, in_place=True, on_progress=look)
    if step == "loading":
        assert contents(database) != rows
        assert any("marked as half loaded" in note for note in dump(database.url, tmp_path)[2])
    restore(file, database.url, in_place=True)
    assert contents(database) == rows
    assert database.run(COMMENT) == "mine"


def test_a_bad_dump(postgres, tmp_path, nocreatedb):
    """A torn file is refused before anything is dropped."""
    database = postgres.fresh(PLAIN)
    whole = backup(database, tmp_path / "whole", compress=False).read_bytes()
    rows = contents(database)
    with pytest.raises(ValueError, match="does not begin and end as a complete dump"):
        restore(sql_file(tmp_path, whole[:-100]), database.url, in_place=True)
    assert contents(database) == rows


def test_objects_of_others(postgres, tmp_path, nocreatedb):
    """What the role could not drop is named, and nothing is touched, whatever is said of owners."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    database.run("CREATE TABLE theirs (); ALTER TABLE theirs OWNER TO other", user="postgres")
    rows = contents(database)
    with pytest.raises(RestoreRefused, match="objects of the owner 'other'"):
        restore(file, database.url, in_place=True, no_owner=True)
    assert contents(database) == rows


def test_roles_that_are_not_here(postgres, tmp_path, nocreatedb):
    """Owners and grants that cannot be had are named before anything is dropped; without them it is restored."""
    database = postgres.fresh(PLAIN)
    body = "CREATE TABLE public.t ();\nALTER TABLE public.t OWNER TO ghost;\nGRANT SELECT ON public.t TO ghost;\n"
    file = sql_file(tmp_path, dump_text(body, "key"))
    rows = contents(database)
    with pytest.raises(RestoreRefused, match=r"nothing was touched(?s:.*)owner 'ghost'(?s:.*)rights of 'ghost'"):
        restore(file, database.url, in_place=True)
    with pytest.raises(RestoreRefused, match=r"rights of 'ghost', which is not on this server.*or --no-acl"):
        restore(file, database.url, in_place=True, no_owner=True)
    assert contents(database) == rows
    restore(file, database.url, in_place=True, no_owner=True, no_acl=True)
    assert database.run("SELECT relname, relowner::regrole FROM pg_class WHERE relkind = 'r' AND oid >= 16384") == (
        "t|owner"
    )


def test_a_role_that_can_do_better(postgres, tmp_path):
    """Where a database can be made beside, the option changes nothing."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    oid = database.run("SELECT oid FROM pg_database WHERE datname = current_database()")
    restore(file, database.url, in_place=True)
    assert database.run("SELECT oid FROM pg_database WHERE datname = current_database()") != oid
