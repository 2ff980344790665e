"""What the tests of PostgreSQL's restore share: databases, their restore, and who is connected to them."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from postgres_dumping import contents, running
from postgres_instance import program

from openviper.backup.backup import backup_database
from openviper.backup.restore import restore_database

SCRIPT = Path(__file__).with_name("restore_script.py")
#: Small, and longer than one piece of 1 MiB.
PLAIN = """
CREATE TABLE things (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO things SELECT n, 'old ' || repeat(chr(97 + n % 26), 100) FROM generate_series(1, 25000) AS n;
CREATE TABLE empty ();
"""
CHANGED = "UPDATE things SET name = 'changed'; CREATE TABLE added (a integer REFERENCES things);"
RICH = r"""
CREATE EXTENSION hstore;
COMMENT ON EXTENSION hstore IS 'what an extension is for';
CREATE SCHEMA "Ünï ""quoted"" schema";
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TABLE "Ünï ""quoted"" schema"."a table; -- no comment" ("a column" text, "b'c" mood, pairs pair[]);
INSERT INTO "Ünï ""quoted"" schema"."a table; -- no comment"
    VALUES (E'tab\tline\nback\\slash', 'glad', ARRAY[ROW(1, 'x')::pair]), (NULL, NULL, NULL), ('\.', 'sad', '{}');
CREATE TABLE words (id integer GENERATED ALWAYS AS IDENTITY, word text,
    size integer GENERATED ALWAYS AS (length(word)) STORED);
INSERT INTO words (word) VALUES (E'\restrict xyz'), (E'\\restrict xyz'), (E'\\unrestrict xyz'), (E'\\! touch /tmp/x'),
    ('ALTER TABLE words OWNER TO nobody;'), (E'GRANT ALL\non words\tTO x;'), (E'\r'), (''), (E'\\N'), (E'--\n'), ('x;');
CREATE TABLE bytes (id serial PRIMARY KEY, b bytea);
INSERT INTO bytes (b) SELECT decode(lpad(to_hex(n), 2, '0'), 'hex') FROM generate_series(0, 255) AS n;
INSERT INTO bytes (b) SELECT string_agg(decode(lpad(to_hex(n), 2, '0'), 'hex'), '') FROM generate_series(0, 255) AS n;
CREATE TABLE parts (day date, n positive) PARTITION BY RANGE (day);
CREATE TABLE parts_2026 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO parts VALUES ('2026-02-03', 7);
CREATE TABLE children (word integer, tags hstore, CHECK (word > 0));
ALTER TABLE bytes ADD CONSTRAINT twice UNIQUE (b);
CREATE TABLE refers (b integer REFERENCES bytes (id) DEFERRABLE);
INSERT INTO refers SELECT id FROM bytes;
INSERT INTO children VALUES (1, 'a=>1');
CREATE VIEW seen AS SELECT word FROM words WHERE size > 1;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM words;
CREATE SEQUENCE tickets START 5 INCREMENT 7; SELECT nextval('tickets'), nextval('tickets');
CREATE FUNCTION shout(text) RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
-- ALTER TABLE words OWNER TO nobody;
    RETURN upper($1) || $x$;GRANT$x$;
END
$body$;
CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC
    SELECT n * 2; SELECT CASE WHEN n > 1 THEN n * 2 ELSE 0 END;
END;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.word := NEW.word; RETURN NEW; END';
CREATE TRIGGER stamps BEFORE INSERT ON words FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE RULE nothing AS ON DELETE TO children DO INSTEAD NOTHING;
CREATE INDEX "an index" ON words (upper(word));
ALTER TABLE children ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE words IS E'it''s a\ncomment;\nGRANT ALL ON words TO nobody;\n';
GRANT SELECT ON words TO other;
SELECT lo_from_bytea(0, decode('00ff5c0a', 'hex')), lo_from_bytea(0, convert_to(repeat('large ', 5000), 'UTF8'));
"""


def schema(database):
    """Return all that is no row, as pg_dump writes it."""
    command = [str(program("pg_dump")), "--schema-only", "--dbname", database.name]
    environment = {**os.environ, **database.server.environment()}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=True)
    return [line for line in done.stdout.decode().splitlines() if not re.match(r"\\(un)?restrict ", line)]


def backup(database, folder, **options):
    """Back a database up; return the file."""
    return Path(asyncio.run(backup_database(database.server.url(database.name), folder, **options)).location)


def restore(file, url, **options):
    """Restore without asking."""
    return asyncio.run(restore_database(file, url, **{"force": True, **options}))


def sql_file(folder, text):
    """Write SQL by hand; return the file."""
    file = folder / "backup.sql"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def dump_text(body, key=None):
    """Return what looks like a whole dump of pg_dump, without the pair of newer ones or with it."""
    begin = f"\\restrict {key}\n\n" if key else ""
    end = f"\\unrestrict {key}\n\n" if key else ""
    head = "--\n-- PostgreSQL database dump\n--\n\n"
    return f"{head}{begin}{body}\n--\n-- PostgreSQL database dump complete\n--\n\n{end}"


def run_script(file, url, step, number, *options):
    """Run a restore in a process that sends itself a signal when ``step`` begins; return its exit code and output."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(file), url, step, str(int(number)), *options],
        capture_output=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def kill_psql(which):
    """Kill the psql that we have started last (``newest``), or all of them (``all``)."""
    found = sorted(running("psql"), key=lambda each: int(Path(f"/proc/{each}/stat").read_text().split()[21]))
    for each in found[-1:] if which == "newest" else found:
        os.kill(each, signal.SIGKILL)


def changed(server, folder):
    """Make a database that was changed behind its backup: ``(database, file, contents then, contents now)``."""
    database = server.fresh(PLAIN)
    file = backup(database, folder)
    then = contents(database)
    database.run(CHANGED)
    return database, file, then, contents(database)


def left(database):
    """Return the databases of the restores."""
    return [name for name in database.server.databases() if name != database.name and name.startswith(database.name)]


def is_open(database):
    """Tell whether the owner can connect, and a superuser."""
    return [database.run("SELECT 1", user=user) for user in ("owner", "postgres")] == ["1", "1"]


class Connected:
    """Somebody who is connected, from :meth:`begin` on."""

    def __init__(self, database, user):
        self._database, self._user = database, user
        self._thread = None

    def __enter__(self):
        return self

    def begin(self, *, wait=True):
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._sleep)
        self._thread.start()
        query = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{self._database.name}' AND query ~ 'late one'"
        deadline = time.monotonic() + 30
        while wait and self._database.server.run(query) == "0" and time.monotonic() < deadline:
            time.sleep(0.02)

    def begin_beside(self, database):
        """Begin once a restore has made the database beside."""
        deadline = time.monotonic() + 30
        while not left(database) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.begin()

    def _sleep(self):
        with suppress(RuntimeError):
            self._database.run("SELECT pg_sleep(60) /* the late one */", user=self._user)

    def __exit__(self, *_):
        ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep.*late one'"
        while self._thread is not None and self._thread.is_alive():
            self._database.server.run(ends)
            self._thread.join(0.1)
