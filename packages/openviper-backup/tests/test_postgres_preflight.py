"""What a role may not do is found before anything is touched, all of it, with what would allow it."""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from postgres_dumping import contents
from postgres_restoring import CHANGED, PLAIN, backup, restore, schema, sql_file

from openviper.backup.errors import InvalidInput, RestoreRefused


def refused(file, url, **options):
    """Return the lines of the refusal."""
    steps = []
    with pytest.raises(RestoreRefused, match="nothing was touched") as raised:
        restore(file, url, on_progress=lambda progress: steps.append(progress.step), **options)
    assert steps == ["preflight"]
    return [line.strip() for line in str(raised.value).splitlines()[1:]]


@contextmanager
def connected(database, user):
    """Somebody is connected to a database."""
    thread = threading.Thread(target=lambda: _sleep(database, user))
    thread.start()
    sessions = f"FROM pg_stat_activity WHERE datname = '{database.name}' AND query LIKE '%pg_sleep(60)%'"
    while database.server.run(f"SELECT count(*) {sessions}") == "0":
        assert thread.is_alive()
    try:
        yield
    finally:
        database.server.run(f"SELECT pg_terminate_backend(pid) {sessions}")
        thread.join()


def _sleep(database, user):
    with suppress(RuntimeError):
        database.run("SELECT pg_sleep(60)", user=user)


def test_all_that_an_owner_may_not(postgres, tmp_path):
    """Extensions, owners, grants, default privileges, settings, sessions: all at once; a superuser may all of it."""
    database = postgres.fresh(PLAIN)
    name = database.name
    database.run(
        f"""CREATE EXTENSION file_fdw; CREATE EXTENSION hstore;
        CREATE TABLE theirs (a integer); ALTER TABLE theirs OWNER TO other;
        CREATE TABLE "of all" (a integer);
        GRANT SELECT ON things TO other WITH GRANT OPTION; SET ROLE other; GRANT SELECT ON things TO PUBLIC; RESET ROLE;
        ALTER DEFAULT PRIVILEGES FOR ROLE other GRANT SELECT ON TABLES TO PUBLIC;
        CREATE FUNCTION c() RETURNS trigger LANGUAGE internal AS 'suppress_redundant_updates_trigger';
        ALTER DATABASE {name} SET log_min_duration_statement = 5; ALTER DATABASE {name} SET work_mem = '5MB';
        ALTER ROLE other IN DATABASE {name} SET work_mem = '3MB'""",
        user="postgres",
    )
    file = backup(database, tmp_path)
    before = schema(database)
    with connected(database, "postgres"):
        lines = refused(file, database.url)
    pid = re.search(r"pid (\d+)", lines[0])[1]
    super_sql = 'ALTER ROLE "owner" SUPERUSER;'
    assert [re.sub(r"\d+, such as", "N of", line) for line in lines] == [
        f"a session of the role 'postgres' (pid {pid}, 'psql'): SELECT pg_terminate_backend({pid}); as a superuser",
        "the setting 'log_min_duration_statement' (permission denied to set parameter \"log_min_duration_statement\"): "
        'GRANT SET ON PARAMETER "log_min_duration_statement" TO "owner"; since PostgreSQL 15, or --skip-setting '
        "log_min_duration_statement",
        "the setting 'work_mem' of the role 'other' (permission denied): ALTER ROLE \"owner\" CREATEROLE; or "
        "--skip-setting work_mem",
        f"the extension 'file_fdw', which a superuser alone can create: {super_sql} or restore as a superuser",
        f"function public.c(), which a superuser alone can create: {super_sql} or restore as a superuser",
        'objects of the owner \'other\' (N of table public.theirs): GRANT "other" TO "owner"; or --no-owner',
        'objects of the owner \'postgres\' (N of function public.c()): GRANT "postgres" TO "owner"; or --no-owner',
        f"grants by 'other' on objects that it does not own (N of table public.things): {super_sql} or --no-acl",
        'default privileges of \'other\': GRANT "other" TO "owner"; or --no-acl',
    ]
    assert schema(database) == before
    restore(file, postgres.url(name))
    assert schema(database) == before


def test_what_is_left_out_by_choice(postgres, tmp_path):
    """With --no-owner, --no-acl and --skip-setting an owner restores all rows, and owns them."""
    database = postgres.fresh(PLAIN)
    name = database.name
    database.run(
        f"""CREATE TABLE theirs (a text); INSERT INTO theirs VALUES (E'x\\nALTER TABLE theirs OWNER TO other;'),
        ('ALTER TABLE theirs OWNER TO other;'), ('GRANT ALL ON theirs TO other;'), (E'\\restrict x');
        ALTER TABLE theirs OWNER TO other;
        CREATE FUNCTION e() RETURNS TABLE (begin integer, "end" integer) LANGUAGE sql AS 'SELECT 1, 2';
        CREATE FUNCTION f() RETURNS text LANGUAGE sql AS E'SELECT ''\\nGRANT ALL ON theirs TO other;\\n''';
        GRANT SELECT ON things TO other WITH GRANT OPTION; SET ROLE other; GRANT SELECT ON things TO PUBLIC; RESET ROLE;
        ALTER DEFAULT PRIVILEGES FOR ROLE other GRANT SELECT ON TABLES TO PUBLIC;
        SELECT lo_from_bytea(77, 'x');
        GRANT CONNECT ON DATABASE {name} TO other;
        ALTER DATABASE {name} SET log_min_duration_statement = 5; ALTER DATABASE {name} SET work_mem = '5MB'""",
        user="postgres",
    )
    file = backup(database, tmp_path)
    then = contents(database)
    database.run(CHANGED)
    restore(file, database.url, no_owner=True, no_acl=True, skip_settings=["LOG_min_duration_statement"])
    assert contents(database) == then
    assert database.run("SELECT DISTINCT relowner::regrole FROM pg_class WHERE oid >= 16384") == "owner"
    assert database.run("SELECT lomowner::regrole FROM pg_largeobject_metadata") == "owner"
    assert database.run("SELECT count(*) FROM pg_class WHERE relacl IS NOT NULL AND oid >= 16384") == "0"
    assert database.run("SELECT f()") == "\nGRANT ALL ON theirs TO other;\n"
    assert (
        database.run(
            "SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database "
            "WHERE datname = current_database())"
        )
        == "{work_mem=5MB}"
    )


def test_without_grants_the_database_lets_in_whom_it_let_in(postgres, tmp_path):
    """With --no-acl too, the database's own rights stay: of its owner, of other roles, and nobody else's."""
    database = postgres.fresh("CREATE TABLE t (); GRANT SELECT ON t TO other")
    database.run(f"GRANT CONNECT ON DATABASE {database.name} TO other")
    rights = f"SELECT unnest(datacl)::text FROM pg_database WHERE datname = '{database.name}' ORDER BY 1"
    before = postgres.run(rights)
    restore(backup(database, tmp_path), database.url, no_acl=True)
    assert postgres.run(rights) == before == "other=c/owner\nowner=CTc/owner"
    assert database.run("SELECT relacl IS NULL FROM pg_class WHERE relname = 't'") == "t"


def test_an_owner_of_what_it_may(postgres, tmp_path):
    """Objects of a role that it is a member of, and its grants, are no obstacle."""
    database = postgres.fresh(PLAIN)
    database.run("CREATE SCHEMA s AUTHORIZATION other; CREATE TABLE s.t AS SELECT 1 AS a", user="postgres")
    database.run("ALTER TABLE s.t OWNER TO other; GRANT SELECT ON s.t TO PUBLIC", user="postgres")
    postgres.run("GRANT other TO owner")
    try:
        file = backup(database, tmp_path)
        before = schema(database)
        restore(file, database.url)
        assert schema(database) == before
        database.run("ALTER TABLE things OWNER TO other", user="postgres")
        assert refused(file, database.url) == [
            "objects of the owner 'other' in the schema 'public', which is not its own "
            "(1, such as table public.things): "
            'ALTER ROLE "owner" SUPERUSER; or --no-owner'
        ]
    finally:
        postgres.run("REVOKE other FROM owner")


@pytest.mark.parametrize(("user", "is_refused"), [("other", True), ("owner", False)])
def test_sessions_of_other_roles(postgres, tmp_path, user, is_refused):
    """A session of another role, superuser or not, is refused; one of its own is ended."""
    database = postgres.fresh(PLAIN)
    postgres.run(f"GRANT CONNECT ON DATABASE {database.name} TO other")
    file = backup(database, tmp_path)
    with connected(database, user):
        if not is_refused:
            restore(file, database.url)
            return
        (line,) = refused(file, database.url)
        assert line.startswith("a session of the role 'other'")
        assert line.endswith(': GRANT pg_signal_backend TO "owner";')
        postgres.run("GRANT pg_signal_backend TO owner")
        try:
            restore(file, database.url)
        finally:
            postgres.run("REVOKE pg_signal_backend FROM owner")


def test_autovacuum_is_no_obstacle(own_postgres, tmp_path):
    """The server ends its own workers: a role that may not see what they are is not stopped by them."""
    slow = "autovacuum_vacuum_cost_delay = 100ms\nautovacuum_vacuum_cost_limit = 1"
    server = own_postgres(f"autovacuum = on\nautovacuum_naptime = 1s\n{slow}")
    database = server.fresh(PLAIN)
    file = backup(database, tmp_path)
    database.run("UPDATE things SET name = 'changed'")
    working = "backend_type = 'autovacuum worker' AND query ~ 'things'"
    deadline = time.monotonic() + 60
    while server.run(f"SELECT count(*) FROM pg_stat_activity WHERE {working}") == "0":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    restore(file, database.url)
    assert database.run("SELECT count(*) FROM things WHERE name LIKE 'old %'") == "25000"


def test_neither_owner_nor_creator(postgres, tmp_path):
    """Without CREATEDB it is refused, and says so before anything else; with it, the owner is named."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    postgres.run(f"GRANT CONNECT ON DATABASE {database.name} TO other")
    assert refused(file, postgres.url(database.name, user="other")) == [
        'it may not make databases: ALTER ROLE "other" CREATEDB; or --in-place, which loads into the database itself'
    ]
    assert refused(file, postgres.url("nowhere", user="other")) == [
        'it may not make databases: ALTER ROLE "other" CREATEDB;'
    ]
    postgres.run("ALTER ROLE other CREATEDB")
    try:
        assert refused(file, postgres.url(database.name, user="other")) == [
            'the database belongs to \'owner\': GRANT "owner" TO "other";'
        ]
    finally:
        postgres.run("ALTER ROLE other NOCREATEDB")


def test_a_dump_of_another_engine(postgres, tmp_path):
    """It is refused as such, without a sidecar too, before anything is said of what the role may not."""
    database = postgres.fresh(PLAIN)
    postgres.run(f"GRANT CONNECT ON DATABASE {database.name} TO other")
    file = sql_file(tmp_path, "-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB\nCREATE TABLE t (a int);\n")
    with pytest.raises(RestoreRefused, match="holds a dump of MariaDB; PostgreSQL cannot restore it"):
        restore(file, postgres.url(database.name, user="other"))


def test_what_stops_a_superuser_too(own_postgres, tmp_path):
    """Prepared transactions, logical slots and subscriptions are named, with what ends them."""
    server = own_postgres("wal_level = logical\nmax_prepared_transactions = 5")
    database = server.fresh(PLAIN)
    file = backup(database, tmp_path)
    database.run("SELECT pg_create_logical_replication_slot('slot', 'test_decoding')", user="postgres")
    database.run("BEGIN; CREATE TABLE t (); PREPARE TRANSACTION 'it''s'")
    database.run(
        "CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE)",
        user="postgres",
    )
    assert refused(file, server.url(database.name)) == [
        "a prepared transaction \"it's\": COMMIT PREPARED 'it''s'; or ROLLBACK PREPARED 'it''s';",
        "a subscription 'sub': DROP SUBSCRIPTION \"sub\";",
        "a logical replication slot 'slot': SELECT pg_drop_replication_slot('slot');",
    ]


def test_a_url_without_a_database(postgres, tmp_path):
    """It is refused."""
    file = backup(postgres.fresh(PLAIN), tmp_path)
    with pytest.raises(InvalidInput, match="names no database"):
        restore(file, postgres.url(""))
