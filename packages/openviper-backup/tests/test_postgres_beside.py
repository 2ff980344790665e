"""A restore of PostgreSQL gives the database that the backup was of."""

from __future__ import annotations

import re

import pytest
from postgres_dumping import contents
from postgres_restoring import CHANGED, PLAIN, RICH, backup, dump_text, restore, schema, sql_file

from openviper.backup.errors import InvalidInput, RestoreRefused, ToolFailed


@pytest.mark.parametrize("user", ["postgres", "owner"])
def test_row_by_row(postgres, tmp_path, user):
    """Tables, large objects, types, functions, triggers, rights: as they were, for a superuser and an owner."""
    database = postgres.fresh(RICH)
    file = backup(database, tmp_path)
    rows, made = contents(database), schema(database)
    database.run("DROP TABLE words CASCADE; DELETE FROM refers WHERE b > 100; CREATE TABLE added (a int)")
    database.run("SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
    done = restore(file, postgres.url(database.name, user=user))
    assert contents(database) == rows
    assert schema(database) == made
    assert done.target == re.sub(":[^:@]*@", "@", postgres.url(database.name, user=user))
    assert done.kept is None
    assert any("Roles and tablespaces are not in a backup" in note for note in done.notes)


@pytest.mark.parametrize("name", ["Größe 名前 \"quoted\" 'x' \\ ; --", "x" * 63, "名" * 21, "a%b", "host=nowhere"])
def test_names(postgres, tmp_path, name):
    """Whatever a database is called, it can be restored, and its old one kept."""
    database = postgres.fresh(PLAIN, name=name)
    then = contents(database)
    file = backup(database, tmp_path)
    database.run(CHANGED)
    now = contents(database)
    done = restore(file, database.url, keep_old=True)
    assert contents(database) == then
    kept = type(database)(postgres, done.kept, "owner")
    assert contents(kept) == now
    assert sorted(postgres.databases()) == sorted([name, done.kept])


@pytest.mark.parametrize("name", ["postgres", "template1"])
def test_what_maintenance_uses(own_postgres, tmp_path, name):
    """The database postgres can be restored itself, and template1: the other one serves."""
    server = own_postgres()
    source = server.fresh(PLAIN)
    file = backup(source, tmp_path)
    restore(file, server.url(name))
    restored = type(source)(server, name, "postgres")
    assert contents(restored) == contents(source)
    assert server.run("SELECT datname, datistemplate FROM pg_database ORDER BY 1").splitlines() == [
        "postgres|f",
        f"{source.name}|f",
        "template0|t",
        "template1|t",
    ]
    server.fresh("CREATE TABLE t ()")


def test_another_maintenance_database(postgres, tmp_path):
    """A maintenance database that is named is used; one that is not there, or is the target, is refused."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    restore(file, database.url, maintenance_db="template1")
    with pytest.raises(
        ToolFailed, match=r"No connection to the database 'nowhere'.*database \"nowhere\" does not exist"
    ):
        restore(file, database.url, maintenance_db="nowhere")
    with pytest.raises(InvalidInput, match="is the one to be restored"):
        restore(file, database.url, maintenance_db=database.name)


@pytest.mark.parametrize(("analyze", "number"), [(True, "2"), (False, "0")])
def test_analyze(postgres, tmp_path, analyze, number):
    """The planner knows the new tables, unless that is not wanted."""
    database = postgres.fresh(PLAIN)
    restore(backup(database, tmp_path), database.url, analyze=analyze)
    assert database.run("SELECT count(*) FROM pg_stats WHERE tablename = 'things'") == number


def test_three_thousand_tables(postgres, tmp_path):
    """More tables are restored than one transaction can lock."""
    body = "\n".join(f"CREATE TABLE public.t{n} (a integer, b text);" for n in range(3000))
    database = postgres.fresh(PLAIN)
    restore(sql_file(tmp_path, dump_text(body)), database.url, analyze=False)
    assert database.run("SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$'") == "3000"


def test_an_empty_target_is_not_asked_about(postgres, tmp_path):
    """Without force, a database that holds nothing is restored; one with a table, a function or a schema is not."""
    file = backup(postgres.fresh(PLAIN), tmp_path)
    restore(file, postgres.fresh("CREATE EXTENSION hstore").url, force=False)
    for held in (
        "CREATE TABLE t ()",
        "CREATE SCHEMA s",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SELECT lo_create(0)",
    ):
        database = postgres.fresh(held)
        with pytest.raises(RestoreRefused, match="holds data"):
            restore(file, database.url, force=False)


def test_a_target_without_connections(postgres, tmp_path):
    """A target that nobody can look into is refused, with what opens it."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    postgres.run(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS false")
    with pytest.raises(RestoreRefused, match=f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS true'):
        restore(file, postgres.url(database.name))


def test_a_name_of_ours_without_our_mark(postgres, tmp_path):
    """A database that is called as ours are, and that we have not marked, is not dropped if it holds anything."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    seen = []

    def look(progress):
        if progress.step == "analyze":
            seen.extend(name for name in postgres.databases() if name != database.name)

    restore(file, database.url, on_progress=look)
    (scratch,) = seen
    assert scratch.startswith(f"{database.name}_restoring_")
    stranger = postgres.fresh("CREATE TABLE precious ()", name=scratch)
    with pytest.raises(RestoreRefused, match="has a name of ours, and not our mark"):
        restore(file, database.url)
    stranger.run("DROP TABLE precious")
    restore(file, database.url)
    assert scratch not in postgres.databases()


def test_a_role_that_only_reads_by_default(postgres, tmp_path):
    """What is meant to keep people from mistakes keeps nobody from restoring."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    then = contents(database)
    database.run(CHANGED)
    postgres.run("ALTER ROLE owner SET default_transaction_read_only = on; ALTER ROLE owner SET search_path = nowhere")
    try:
        restore(file, database.url)
    finally:
        postgres.run("ALTER ROLE owner RESET ALL")
    assert contents(database) == then
    assert postgres.databases() == [database.name]


def test_a_name_that_is_too_long(postgres, tmp_path):
    """A name that PostgreSQL would cut, and take for another database, is refused."""
    database = postgres.fresh(PLAIN, name="x" * 63)
    file = backup(database, tmp_path)
    with pytest.raises(InvalidInput, match="has more than 63 bytes"):
        restore(file, postgres.url("x" * 64))


def test_a_dump_without_the_pair(postgres, tmp_path):
    """A dump by an older pg_dump, which knew no restriction, is restored row by row."""
    database = postgres.fresh(RICH)
    rows, made = contents(database), schema(database)
    lines = backup(database, tmp_path, compress=False).read_bytes().splitlines(keepends=True)
    pair = [line for line in lines if re.match(rb"\\(un)?restrict \w{40}", line)]
    assert len(pair) == 2
    restore(sql_file(tmp_path, b"".join(line for line in lines if line not in pair)), database.url)
    assert (contents(database), schema(database)) == (rows, made)
