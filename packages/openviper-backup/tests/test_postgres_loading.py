r"""Dumps that are not what they should be, run by a psql that takes nothing but SQL."""

from __future__ import annotations

import asyncio

import pytest
from postgres_dumping import contents, put_first_on_path
from postgres_restoring import PLAIN, backup, dump_text, restore, sql_file

from openviper.backup.errors import BackupError, InvalidArchive, ToolFailed, ToolMissing
from openviper.backup.verify import verify_backup

ROW = "CREATE TABLE public.t (a text);\n"


@pytest.fixture
def shop(postgres):
    """A database, and what it holds."""
    database = postgres.fresh(PLAIN)
    return database, contents(database)


def untouched(database, before):
    return contents(database) == before and database.server.databases() == [database.name]


@pytest.mark.parametrize(
    "line",
    [
        r"\! touch {folder}/touched",
        r"\connect {database}",
        r"\c {database}",
        r"\copy t from program 'touch {folder}/touched'",
        r"\o {folder}/touched",
        r"\o |touch {folder}/touched",
        r"\i {folder}/other.sql",
        r"\set ON_ERROR_STOP 0",
        r"\unrestrict wrong",
        r"\restrict again",
        r"\gexec",
        r"SELECT 1 \g {folder}/touched",
        r"SELECT 1 \; SELECT 2;",
        r"\if true",
        r"\q",
    ],
)
@pytest.mark.parametrize("key", [None, "abc123"])
def test_commands_of_psql(shop, tmp_path, line, key):
    """A dump's commands for psql are not run: the restore fails there, and the database is as it was."""
    database, before = shop
    line = line.format(folder=tmp_path, database=database.name)
    (tmp_path / "other.sql").write_text("SELECT 1;")
    file = sql_file(tmp_path, dump_text(f"{ROW}{line}\nDROP TABLE public.t;", key))
    if r"\;" in line:
        # It divides statements that are sent at once: no command.
        restore(file, database.url)
        return
    with pytest.raises(ToolFailed, match=r"psql exited 3: .*(backslash commands are restricted|wrong key)"):
        restore(file, database.url)
    assert not (tmp_path / "touched").exists()
    assert untouched(database, before)


@pytest.mark.parametrize("key", [None, "abc123"])
def test_rows_that_look_like_commands(shop, tmp_path, key):
    r"""COPY data is data: ``\restrict xyz`` is a carriage return and ``estrict xyz``."""
    database, _ = shop
    rows = ["\\restrict xyz", "\\restrict abc123", "\\unrestrict abc123", "\\! touch x", "--", "", "\\connect x"]
    rows += ["--", "-- PostgreSQL database dump complete", "--", "", "\\\\unrestrict abc123"]
    body = f"{ROW}COPY public.t (a) FROM stdin;\n" + "\n".join(rows) + "\n\\.\n"
    restore(sql_file(tmp_path, dump_text(body, key)), database.url)
    found = database.run("SELECT to_json(a) FROM t").splitlines()
    assert found == [
        r'"\restrict xyz"', r'"\restrict abc123"', '"unrestrict abc123"', '"! touch x"', '"--"', '""', '"connect x"',
        '"--"', '"-- PostgreSQL database dump complete"', '"--"', '""', r'"\\unrestrict abc123"',
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        ROW + "INSERT INTO public.nowhere VALUES (1);\n",
        ROW + "COPY public.t (a) FROM stdin;\none\ttwo\n\\.\n",
        "SELECT 1/0;\n",
        "CREATE TABEL x ();\n",
    ],
)
def test_an_error(shop, tmp_path, body):
    """The first one ends the restore; its message has no row data, and nothing is left."""
    database, before = shop
    with pytest.raises(ToolFailed, match=r"psql exited 3: psql:<stdin>:\d+: ERROR: ") as raised:
        restore(sql_file(tmp_path, dump_text(body)), database.url)
    assert "two" not in str(raised.value)
    assert untouched(database, before)


@pytest.mark.parametrize(
    "text",
    [
        ROW + "INSERT INTO public.t VALUES ('a');\n",
        ROW + "INSERT INTO public.t VALUES ('a')",
        ROW + "INSERT INTO public.t VALUES ('a'); -- the end",
        "\n\n-- mine\n" + ROW + "INSERT INTO public.t VALUES ('a') /* the end */ ;",
        "\ufeff" + ROW + "INSERT INTO public.t VALUES ('a');\n",
        "BEGIN;\n" + ROW + "INSERT INTO public.t VALUES ('a');\nCOMMIT;\n",
        "SET ROLE other; RESET ROLE;\n" + ROW + "INSERT INTO public.t VALUES ('a');\nSET SESSION AUTHORIZATION other;",
    ],
)
def test_sql_by_hand(shop, tmp_path, text):
    """It is refused, with the option that takes it; with that, it is restored, and the missing trailer is said."""
    database, before = shop
    file = sql_file(tmp_path, text)
    with pytest.raises(InvalidArchive, match="--no-verify-trailer"):
        restore(file, database.url)
    assert untouched(database, before)
    done = restore(file, database.server.url(database.name), verify_trailer=False)
    assert database.run("TABLE t", user="postgres") == "a"
    assert any("no completion trailer" in note for note in done.notes)


@pytest.mark.parametrize(
    "end",
    [
        "COPY public.t (a) FROM stdin;\na\nb\n",
        "COPY public.t (a) FROM stdin;\na\nb",
        "INSERT INTO public.t VALUES ('a",
        'INSERT INTO public."t',
        "INSERT INTO public.t VALUES (1",
        "/* a comment\n",
        "BEGIN;\nINSERT INTO public.t VALUES (1);\n",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1;",
        "DO $body$ BEGIN NULL; END",
    ],
)
def test_half_a_statement(shop, tmp_path, end):
    """Without a trailer to be looked at, a text that ends within a statement, rows or a transaction is refused."""
    database, before = shop
    with pytest.raises(BackupError, match=r"it is torn|psql exited 3"):
        restore(sql_file(tmp_path, ROW + end), database.url, verify_trailer=False)
    assert untouched(database, before)


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.999])
def test_half_a_dump(shop, tmp_path, part):
    """A dump that is cut anywhere is refused by its missing end; let through, by what psql was left in."""
    database, before = shop
    whole = backup(database, tmp_path / "whole", compress=False).read_bytes()
    file = sql_file(tmp_path, whole[: int(len(whole) * part)])
    with pytest.raises(InvalidArchive, match="does not begin and end as a complete dump"):
        restore(file, database.url)
    if part < 0.999:
        with pytest.raises(BackupError):
            restore(file, database.url, verify_trailer=False)
    assert untouched(database, before)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("PGDMP\x01\x0e", "pg_restore"),
        ("--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE x;", "of a whole server"),
        (
            dump_text("DROP DATABASE shop;\n--\n-- Name: shop; Type: DATABASE; Schema: -; Owner: x\n--\n"),
            "pg_dump --create",
        ),
    ],
)
@pytest.mark.parametrize("verify_trailer", [True, False])
def test_dumps_of_other_kinds(shop, tmp_path, text, why, verify_trailer):
    """Those for pg_restore, of a server, and those that drop databases are refused before anything is made."""
    database, before = shop
    with pytest.raises(InvalidArchive, match=why):
        restore(sql_file(tmp_path, text), database.url, verify_trailer=verify_trailer)
    assert untouched(database, before)


def test_a_dump_that_drops_the_database(shop, tmp_path):
    """SQL by hand that drops the live database fails: somebody is connected to it."""
    database, before = shop
    text = f"DROP DATABASE IF EXISTS {database.name};\nCREATE DATABASE {database.name};\n"
    with pytest.raises(ToolFailed, match="is being accessed by other users"):
        restore(sql_file(tmp_path, text), database.server.url(database.name), verify_trailer=False)
    assert untouched(database, before)


@pytest.mark.parametrize(
    ("sql", "message", "options"),
    [
        ("ALTER TABLE public.t OWNER TO ghost;", 'role "ghost" does not exist', {"no_owner": True}),
        ("ALTER TABLE public.t OWNER TO other;", 'role "other"', {"no_owner": True}),
        ("GRANT SELECT ON TABLE public.t TO ghost;", 'role "ghost" does not exist', {"no_acl": True}),
    ],
)
def test_roles_that_are_not_here(shop, tmp_path, sql, message, options):
    """The error says how to do without them, and where they could come from; doing so works."""
    database, _ = shop
    file = sql_file(tmp_path, dump_text(f"CREATE TABLE public.t ();\n{sql}\n"))
    with pytest.raises(ToolFailed, match=f"{message}.*; --no-owner and --no-acl restore without .*--globals"):
        restore(file, database.url)
    restore(file, database.url, **options)


def test_a_verification(shop, tmp_path):
    """A backup is loaded into a database of its own and compared; nothing is left, and the live one is not touched."""
    database, before = shop
    file = backup(database, tmp_path, count_rows=True)
    done = asyncio.run(verify_backup(file, database.url))
    assert done.compared
    assert done.row_counts == {"public.things": 25000, "public.empty": 0}
    assert untouched(database, before)


def test_a_psql_that_cannot_be_restricted(postgres, tmp_path, monkeypatch):
    r"""A psql that knows no ``\restrict`` is refused before the file is read, with the versions that do."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    script = 'case "$*" in *--help=commands*) "$REAL" "$@" | grep -v restrict;; *) exec "$REAL" "$@";; esac'
    put_first_on_path(monkeypatch, tmp_path / "bin", "psql", script)
    with pytest.raises(ToolMissing, match=r"knows no \\restrict.*15\.14"):
        restore(file, database.url)


def test_no_psql(postgres, tmp_path, monkeypatch):
    """Where psql is missing the error says who needs it, and how it is installed."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="'psql' is not on PATH, and PostgreSQL needs it; install it: apt-get"):
        restore(file, database.url)
