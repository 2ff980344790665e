"""A restore of PostgreSQL gives the database that the backup was of, and all that belongs to the live one."""

from __future__ import annotations

import re

import pytest
from postgres_dumping import contents
from postgres_restoring import CHANGED, PLAIN, RICH, backup, dump_text, restore, schema, sql_file

from openviper.backup.errors import InvalidInput, RestoreRefused, ToolFailed

FACTS = """
SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datistemplate, datallowconn,
    datconnlimit, spcname, shobj_description(d.oid, 'pg_database'),
    (SELECT string_agg(format('%s>%s:%s%s', grantor, grantee, privilege_type, is_grantable), ' '
        ORDER BY grantee, privilege_type)
        FROM (SELECT (aclexplode(coalesce(datacl, acldefault('d', datdba)))).*) a),
    (SELECT string_agg(format('%s %s', setrole, setconfig), ' ' ORDER BY setrole) FROM pg_db_role_setting s
        WHERE s.setdatabase = d.oid), to_jsonb(d) -> 'datlocprovider', to_jsonb(d) -> 'daticulocale'
FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE datname = '{}'"""


def facts(database):
    return database.server.run(FACTS.format(database.name))


@pytest.mark.parametrize("user", ["postgres", "owner"])
def test_row_by_row(postgres, tmp_path, user):
    """Tables, large objects, types, functions, triggers, rights: as they were, for a superuser and an owner."""
    database = postgres.fresh(RICH)
    file = backup(database, tmp_path)
    rows, made = contents(database), schema(database)
    database.run("DROP TABLE words CASCADE; DELETE FROM bytes WHERE id > 100 AND false; CREATE TABLE added (a int)")
    database.run("SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
    done = restore(file, postgres.url(database.name, user=user))
    assert contents(database) == rows
    assert schema(database) == made
    assert done.target == re.sub(":[^:@]*@", "@", postgres.url(database.name, user=user))
    assert done.kept is None
    assert any("Roles and tablespaces are not in a backup" in note for note in done.notes)


@pytest.mark.parametrize("user", ["postgres", "owner"])
def test_what_belongs_to_the_database_is_kept(postgres, tmp_path, user):
    """Owner, comment, rights, limit and settings are those of the live database, not of the server's defaults."""
    database = postgres.fresh(PLAIN)
    name = database.name
    database.run(
        f"""COMMENT ON DATABASE {name} IS 'it''s "ours"
in two lines \\';
        GRANT CONNECT ON DATABASE {name} TO other WITH GRANT OPTION; GRANT TEMPORARY ON DATABASE {name} TO PUBLIC;
        REVOKE CREATE ON DATABASE {name} FROM owner;
        ALTER DATABASE {name} CONNECTION LIMIT 17;
        ALTER DATABASE {name} SET search_path = "$user", 'odd, "name', public;
        ALTER DATABASE {name} SET application_name = 'it''s; \\';
        ALTER DATABASE {name} SET statement_timeout = '7s';
        ALTER DATABASE {name} SET default_transaction_read_only = on;
        ALTER ROLE owner IN DATABASE {name} SET work_mem = '7MB'""",
    )
    file = backup(database, tmp_path)
    before = facts(database)
    restore(file, postgres.url(name, user=user))
    assert facts(database) == before
    assert before.startswith("owner|UTF8|C.UTF-8|C.UTF-8|f|t|17|pg_default|it's")


def test_settings_of_other_roles_and_a_template(postgres, tmp_path):
    """A superuser keeps the settings of other roles, and a template stays one."""
    database = postgres.fresh(PLAIN)
    postgres.run(f"ALTER ROLE other IN DATABASE {database.name} SET work_mem = '3MB'")
    postgres.run(f"ALTER DATABASE {database.name} SET log_min_duration_statement = 5")
    postgres.run(f"ALTER DATABASE {database.name} SET app.tenant = 'it''s; \\'")
    postgres.run(f"ALTER DATABASE {database.name} IS_TEMPLATE true")
    file = backup(database, tmp_path)
    before = facts(database)
    try:
        done = restore(file, postgres.url(database.name))
        assert facts(database) == before
        assert len(done.notes) == 1
    finally:
        postgres.run(f"ALTER DATABASE {database.name} IS_TEMPLATE false")


@pytest.mark.parametrize(
    "options",
    [
        "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
        "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
        "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'",
        "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' ENCODING 'UTF8'",
    ],
)
def test_encoding_and_locale(postgres, tmp_path, options):
    """They are those of the live database, not of the server."""
    name = "Größe"
    postgres.run(f'CREATE DATABASE "{name}" OWNER owner TEMPLATE template0 {options}')
    database = type(postgres.fresh())(postgres, name, "owner")
    values = r"('Größe'), ('Zebra'), ('ähnlich')" if "ASCII" not in options else r"(E'\xff\xfe'), ('a')"
    database.run(f"SET client_encoding = 'UTF8'; CREATE TABLE t (a text); INSERT INTO t VALUES {values}")
    rows = database.run("SELECT encode(convert_to(a, 'SQL_ASCII'), 'hex') FROM t ORDER BY a")
    file = backup(database, tmp_path)
    before = facts(database)
    restore(file, database.url)
    assert facts(database) == before
    assert database.run("SELECT encode(convert_to(a, 'SQL_ASCII'), 'hex') FROM t ORDER BY a") == rows


def test_tablespace(postgres, tmp_path):
    """The database stays in its tablespace, and so do its tables."""
    folder = postgres.folder / "space"
    folder.mkdir()
    import shutil

    shutil.chown(folder, (postgres.folder / "data").owner())
    postgres.run(f"CREATE TABLESPACE space LOCATION '{folder}'")
    try:
        postgres.run("CREATE DATABASE in_space OWNER owner TABLESPACE space")
        database = type(postgres.fresh())(postgres, "in_space", "owner")
        database.run(PLAIN)
        file = backup(database, tmp_path)
        with pytest.raises(
            RestoreRefused, match='the tablespace \'space\': GRANT CREATE ON TABLESPACE "space" TO "owner"'
        ):
            restore(file, database.url)
        postgres.run("GRANT CREATE ON TABLESPACE space TO owner")
        before = facts(database)
        restore(file, database.url)
        assert facts(database) == before
        assert "|space|" in before
    finally:
        postgres.drop("in_space")
        postgres.run("DROP TABLESPACE space")


@pytest.mark.parametrize("user", ["postgres", "owner"])
def test_there_is_no_such_database(postgres, tmp_path, user):
    """It is made; it belongs to who restores, and everybody may connect, as to any other."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    url = postgres.url("a new one", user=user)
    try:
        done = restore(file, url, force=False)
        made = type(database)(postgres, "a new one", user)
        assert contents(made) == contents(database)
        assert done.kept is None
        assert "There was no database 'a new one': it was made" in done.notes
        assert facts(made).startswith(f"{user}|UTF8|C.UTF-8|C.UTF-8|f|t|-1|pg_default||")
        assert "0:CONNECTf" in facts(made).replace(">0:", ">0:")
    finally:
        postgres.drop("a new one")


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


def test_keep_old(postgres, tmp_path):
    """Each former database stays, open, under the name that the result says, with its settings and comment."""
    database = postgres.fresh(PLAIN)
    database.run(f"COMMENT ON DATABASE {database.name} IS 'mine'; ALTER DATABASE {database.name} SET work_mem = '5MB'")
    file = backup(database, tmp_path)
    database.run(CHANGED)
    before, now = facts(database), contents(database)
    kept = [restore(file, database.url, keep_old=True).kept for _ in range(3)]
    assert len(set(kept)) == 3
    assert all(re.fullmatch(database.name + r"_before_\d{8}_\d{6}(_\d)?", name) for name in kept)
    assert facts(database) == before
    first = type(database)(postgres, kept[0], "owner")
    assert (facts(first), contents(first)) == (before, now)
    assert sorted(postgres.databases()) == sorted([database.name, *kept])


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
    """It is used; one that is not there, or the target itself, is refused."""
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
    """They are more than one transaction can lock, and are restored."""
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
    """It is refused, with what opens it: nobody can see what it holds."""
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
    """PostgreSQL would cut it, and mean another database; it is refused."""
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
