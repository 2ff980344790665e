"""Dumps of PostgreSQL that are whole: whatever stands in the database, and however it is reached."""

from __future__ import annotations

import re
import secrets
import subprocess
from pathlib import Path

import pytest
from postgres_dumping import contents, dump, dumping, load

from openviper.backup._postgres.trailer import is_complete, recognises

EVERYTHING = r"""
CREATE SCHEMA "the ""odd"" schema";
CREATE TABLE "the ""odd"" schema"."Größe 名前 'x' \ ; --" ("a ""b"" c" int PRIMARY KEY, "é'" text);
INSERT INTO "the ""odd"" schema"."Größe 名前 'x' \ ; --"
    SELECT n, repeat('na''ïve "名" \ ', n) FROM generate_series(0, 20) n;
CREATE TABLE bytes (id int PRIMARY KEY, data bytea);
INSERT INTO bytes SELECT n, decode(lpad(to_hex(n), 2, '0'), 'hex') FROM generate_series(0, 255) n;
INSERT INTO bytes SELECT 256, string_agg(data, '' ORDER BY id) FROM bytes;
CREATE TABLE texts (id int PRIMARY KEY, text text);
INSERT INTO texts VALUES (1, NULL), (2, ''), (3, E'\\.'), (4, E'\r' || 'estrict abc'), (5, E'a\tb\nc\rd\\e\b\f\v'),
    (6, E'\n--\n-- PostgreSQL database dump complete\n--\n'), (7, '\! touch /tmp/no'), (8, E'\U0001F600'), (9, '\N');
INSERT INTO texts SELECT 100 + n, chr(n) FROM generate_series(1, 255) n;
CREATE TABLE numbers (a float8, b numeric, c timestamptz, d jsonb, e int[], f interval, g daterange);
INSERT INTO numbers VALUES ('NaN', '-1e-300', '2026-01-31 23:59:59.123456+05:30', '{"a": [1, null]}', '{{1,NULL}}',
    '1 month -3 days', '[2026-01-01,)'), ('-infinity', 'NaN', 'infinity', 'null', '{}', '0', 'empty');
CREATE TABLE made (id int GENERATED ALWAYS AS IDENTITY, twice int GENERATED ALWAYS AS (n * 2) STORED, n serial);
INSERT INTO made (n) VALUES (10), (20);
CREATE TABLE parted (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE parted_2 PARTITION OF parted DEFAULT;
INSERT INTO parted VALUES (1, '2025-05-05'), (2, '2026-05-05'), (3, '2024-05-05');
CREATE TABLE parent (a int); CREATE TABLE child (b int) INHERITS (parent);
INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 3), (4, 5);
CREATE UNLOGGED TABLE unlogged AS SELECT 1 AS a;
CREATE TABLE none ();
CREATE VIEW seen AS SELECT * FROM bytes;
CREATE MATERIALIZED VIEW kept AS SELECT count(*) FROM bytes;
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.text := NEW.text || '!'; RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE INSERT ON texts FOR EACH ROW EXECUTE FUNCTION touched();
SELECT lo_from_bytea(100001, (SELECT data FROM bytes WHERE id = 256));
SELECT lo_from_bytea(100002, decode(repeat('00ff', 5000), 'hex'));
SELECT lo_from_bytea(100003, '');
"""
PASSWORD = "".join(map(chr, range(0x20, 0x7F))) + "äöü名\N{GRINNING FACE}"


def test_a_loaded_dump_is_row_by_row_what_was_dumped(postgres, tmp_path):
    """A dump has every byte, odd names, large objects, partitions, generated columns, triggers."""
    database = postgres.fresh(EVERYTHING)
    before = contents(database)
    data, counts, _ = dump(database.url, tmp_path)
    assert counts is None
    loaded = load(postgres, data)
    assert contents(loaded) == before
    assert len(before["large objects"]) == 3
    assert contents(database) == before


def test_rows_are_counted_by_qualified_name(postgres, tmp_path):
    """Each table for itself: partitions, and not their parents; a parent without its children."""
    database = postgres.fresh(EVERYTHING)
    _, counts, _ = dump(database.url, tmp_path, count_rows=True)
    assert counts == {
        "public.bytes": 257,
        "public.child": 2,
        "public.made": 2,
        'public."none"': 0,
        "public.numbers": 2,
        "public.parent": 1,
        "public.parted_1": 1,
        "public.parted_2": 2,
        "public.texts": 264,
        "public.unlogged": 1,
        '''"the ""odd"" schema"."Größe 名前 'x' \\ ; --"''': 21,
    }


@pytest.mark.parametrize(
    "name",
    ["a b", 'a"b', "it's", "名前 é", "a=b c", "postgresql://x/y", "host=/nowhere", "-x", "a\\b", "a;b--", "A.b", "%41"],
)
def test_a_database_of_any_name_is_reached(postgres, tmp_path, name):
    """No name is taken for an option, for a connection string, or for another."""
    database = postgres.fresh("CREATE TABLE here AS SELECT current_database() AS name", name=name)
    data, counts, _ = dump(database.url, tmp_path, count_rows=True)
    assert counts == {"public.here": 1}
    assert contents(load(postgres, data))["public.here"] == contents(database)["public.here"]


@pytest.mark.parametrize("way", ["IPv4", "IPv6", "socket", "socket in the query of a driver's URL", "several hosts"])
def test_every_way_to_the_server_is_taken(postgres, tmp_path, way):
    """A server is reached by addresses of both kinds, the folder of a socket, and several hosts."""
    database = postgres.fresh("CREATE TABLE t AS SELECT 1 AS a")
    if way == "IPv6" and "::1" not in postgres.run("SHOW listen_addresses"):
        pytest.skip("no IPv6")
    url = {
        "IPv4": database.url,
        "IPv6": postgres.url(database.name, user="owner", host="[::1]"),
        "socket": postgres.socket_url(database.name, user="owner"),
        "socket in the query of a driver's URL": postgres.socket_url(database.name, user="owner").replace(
            "postgresql:", "postgresql+psycopg:"
        ),
        "several hosts": f"{database.url}?host=127.0.0.1:1&host=127.0.0.1:{postgres.port}",
    }[way]
    data, _, _ = dump(url, tmp_path)
    assert b"CREATE TABLE public.t" in data


@pytest.fixture
def role(postgres):
    """Return ``role(password) -> name`` of a role that owns what the test makes."""
    made = []

    def make(password):
        postgres.passwords["keeper"] = password
        postgres.run(f"""CREATE ROLE keeper LOGIN PASSWORD '{password.replace("'", "''")}'""")
        made.append("keeper")
        return "keeper"

    before = postgres.databases()
    yield make
    for name in made:
        for database in set(postgres.databases()) - set(before):
            postgres.drop(database)
        postgres.run(f"DROP ROLE {name}")


def test_a_password_of_every_character_is_passed(postgres, role, tmp_path):
    """A password may have all of ASCII that can be printed, and more."""
    database = postgres.fresh("CREATE TABLE t ()", owner=role(PASSWORD))
    assert b"CREATE TABLE public.t" in dump(database.url, tmp_path)[0]


def test_no_password_is_in_any_command_line(postgres, role, tmp_path):
    """While pg_dump and psql run, nobody who lists the processes sees it."""
    # Other tests may run beside this one, whose passwords are known.
    secret = secrets.token_hex(8)
    make = "CREATE TABLE t AS SELECT md5(n::text) AS a FROM generate_series(1, 100000) n"
    database = postgres.fresh(make, owner=role(f"{secret} %&'"))
    with dumping(database.url, tmp_path, count_rows=True) as running:
        running.read(1000)
        lines = b"\n".join(_command_lines())
        assert b"pg_dump\0--format=plain" in lines
        assert b"psql\0-X" in lines
        assert secret.encode() not in lines


def _command_lines():
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield file.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue


def test_sums_hold_whoever_writes_meanwhile(postgres, tmp_path):
    """Money that is moved between tables, and rows, are in every dump once, and are counted in its own snapshot."""
    database = postgres.fresh("""
        CREATE TABLE one AS SELECT n AS id, 100 AS money, repeat('x', 300) AS filler FROM generate_series(1, 2000) n;
        CREATE TABLE two AS SELECT n AS id, 100 AS money, repeat('x', 300) AS filler FROM generate_series(2001, 4000) n;
        CREATE TABLE stop ();
        CREATE PROCEDURE move() LANGUAGE plpgsql AS $$ BEGIN
            WHILE NOT EXISTS (SELECT FROM stop) LOOP
                UPDATE one SET money = money - 7 WHERE id = 1;
                UPDATE two SET money = money + 7 WHERE id = 4000;
                WITH gone AS (DELETE FROM one WHERE id = 2 + (random() * 3997)::int RETURNING *)
                    INSERT INTO two SELECT * FROM gone;
                WITH gone AS (DELETE FROM two WHERE id = 2 + (random() * 3997)::int RETURNING *)
                    INSERT INTO one SELECT * FROM gone;
                COMMIT;
            END LOOP; END $$""")
    environment = {**postgres.environment("owner"), "PGDATABASE": database.name}
    writers = [subprocess.Popen(["psql", "-Xqc", "CALL move()"], env=environment) for _ in range(3)]
    try:
        for _ in range(4):
            data, counts, _ = dump(database.url, tmp_path, count_rows=True)
            assert sum(counts.values()) == 4000
            loaded = load(postgres, data)
            both = "(SELECT * FROM one UNION ALL SELECT * FROM two)"
            assert loaded.run(f"SELECT sum(money), count(*), count(DISTINCT id) FROM {both} q") == "400000|4000|4000"
            assert loaded.run("SELECT count(*) FROM one") == str(counts["public.one"])
    finally:
        database.run("ALTER TABLE stop ADD a int; INSERT INTO stop VALUES (1)")
        exits = [writer.wait(60) for writer in writers]
    assert exits == [0, 0, 0]


def test_three_thousand_tables_are_dumped_and_counted(postgres, tmp_path):
    """Counting them takes no more locks than pg_dump has."""
    database = postgres.fresh("""DO $$ BEGIN FOR n IN 1..3000 LOOP
        EXECUTE format('CREATE TABLE t%s AS SELECT %s AS a', n, n); END LOOP; END $$""")
    data, counts, _ = dump(database.url, tmp_path, count_rows=True)
    assert counts == {f"public.t{n}": 1 for n in range(1, 3001)}
    assert len(re.findall(rb"^CREATE TABLE ", data, re.MULTILINE)) == 3000


def test_a_database_in_another_encoding_is_dumped_as_it_is(postgres, tmp_path):
    """Neither our locale nor our variables have a say in what the bytes are."""
    postgres.run("CREATE DATABASE latin OWNER owner TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    url = postgres.url("latin", user="owner")
    postgres.run("CREATE TABLE \"größe\" AS SELECT 'é'::text AS a", "latin", user="owner")
    data, counts, _ = dump(url, tmp_path, count_rows=True)
    assert b"SET client_encoding = 'LATIN1'" in data
    assert b"\xe9\n" in data
    assert counts == {'public."größe"': 1}


def test_bytes_in_a_database_without_an_encoding_survive(postgres, tmp_path):
    """Names and rows that are no text in any encoding are dumped byte for byte."""
    postgres.run("CREATE DATABASE bare OWNER owner TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    make = r"""DO $do$ BEGIN EXECUTE 'CREATE TABLE ' || quote_ident(convert_from('\x61ff62', 'SQL_ASCII'))
        || $$ AS SELECT convert_from('\xfffe', 'SQL_ASCII') AS a $$; END $do$"""
    postgres.run(make, "bare", user="owner")
    data, counts, _ = dump(postgres.url("bare", user="owner"), tmp_path, count_rows=True)
    assert b"a\xffb" in data
    assert b"\xff\xfe\n" in data
    assert counts == {'public."a\udcffb"': 1}


def test_what_is_dumped_is_known_again(postgres, tmp_path):
    """Head and tail of a real dump are what the restore looks for."""
    data, _, notes = dump(postgres.fresh().url, tmp_path)
    assert recognises(data)
    assert is_complete(data[:1024], data[-1024:])
    assert notes == ("Roles and tablespaces are not in the backup; --globals FILE saves them",)


def test_what_is_left_out_is_told(postgres, tmp_path):
    """What pg_dump warns of is a note, and so is what it leaves out in silence."""
    database = postgres.fresh("CREATE TABLE extended ()")
    database.run(
        """CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
        CREATE FOREIGN TABLE f (a int) SERVER s;
        ALTER EXTENSION plpgsql ADD TABLE extended;
        CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)""",
        user="postgres",
    )
    try:
        _, counts, notes = dump(database.url, tmp_path, count_rows=True)
    finally:
        database.run("ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub", user="postgres")
    assert counts == {}
    assert notes[1:] == (
        "1 foreign tables are in the backup without their rows",
        "pg_dump: warning: subscriptions not dumped because current user is not a superuser",
    )
