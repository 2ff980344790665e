"""Dumps of PostgreSQL that must not be taken for whole: programs and servers that die, lie, or are the wrong ones."""

from __future__ import annotations

import os
import signal

import pytest
from postgres_dumping import back_up, dump, dumping, put_first_on_path, running

from openviper.backup.errors import IncompleteDump, InvalidInput, ToolFailed, ToolMissing

# Some MB, so that pg_dump is not done before it is killed, and a table that it asks for only then.
ROWS = """CREATE TABLE things AS SELECT n, md5(n::text) AS secret FROM generate_series(1, 100000) n;
    CREATE TABLE zoo AS SELECT 1 AS a"""
NO_VERSION = 'case "$1" in --version) exec "$REAL" "$@";; esac'


def rest(running_dump) -> None:
    """Read a dump to its end, and finish it."""
    while running_dump.read(1 << 20):
        pass
    running_dump.finish()


def test_a_killed_pg_dump_is_no_backup(postgres, tmp_path):
    """A pg_dump that was killed is no backup, and its signal is said."""
    with dumping(postgres.fresh(ROWS).url, tmp_path) as being_made:
        being_made.read(100_000)
        [pid] = running("pg_dump")
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ToolFailed, match=r"^pg_dump exited -9 \(SIGKILL\)$") as caught:
            rest(being_made)
    assert caught.value.exit_code == -9
    assert running("pg_dump") == []


def test_a_killed_server_is_no_backup(own_postgres, tmp_path):
    """A server that is killed before or in a dump gives no backup; started again it is dumped as before."""
    # Else the rows may die with it.
    server = own_postgres("synchronous_commit = on")
    database = server.fresh(ROWS)
    with dumping(database.url, tmp_path) as being_made:
        being_made.read(100_000)
        server.kill()
        with pytest.raises(ToolFailed, match=r"^pg_dump exited 1: .*server closed the connection") as caught:
            rest(being_made)
    assert "owner's secret" not in str(caught.value)
    with pytest.raises(ToolFailed, match=r"^psql exited 2: .*Connection refused"):
        dump(database.url, tmp_path)
    server.start()
    assert len(dump(database.url, tmp_path)[0]) > 1_000_000


def test_an_ended_session_is_no_backup(postgres, tmp_path):
    """A dump whose session an administrator ends is no backup."""
    database = postgres.fresh(ROWS)
    with dumping(database.url, tmp_path) as being_made:
        being_made.read(100_000)
        postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database.name}'")
        with pytest.raises(ToolFailed, match=r"^pg_dump exited 1: "):
            rest(being_made)


def test_an_ended_snapshot_is_no_count(postgres, tmp_path):
    """Where the session that counts was ended there is no backup without the counts that were asked for."""
    database = postgres.fresh(ROWS)
    with dumping(database.url, tmp_path, count_rows=True) as being_made:
        being_made.read(100_000)
        for pid in running("psql"):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(ToolFailed, match=r"^psql exited -9"):
            rest(being_made)


@pytest.mark.parametrize("length", [100, 1000, 200_000])
def test_a_torn_dump_is_no_backup(postgres, tmp_path, monkeypatch, length):
    """A pg_dump that stops too early and exits 0 is not believed, wherever it stops; nothing stands in the folder."""
    database = postgres.fresh(ROWS)
    put_first_on_path(monkeypatch, tmp_path / "bin", "pg_dump", f'{NO_VERSION}\n"$REAL" "$@" | head -c {length}')
    (tmp_path / "backups").mkdir()
    with pytest.raises(IncompleteDump, match="does not end with '-- PostgreSQL database dump complete'"):
        back_up(database.url, tmp_path / "backups")
    assert [*(tmp_path / "backups").iterdir()] == []


@pytest.mark.parametrize("missing", [1, 30, 70, 130, 200])
def test_a_dump_without_its_last_bytes_is_no_backup(postgres, tmp_path, monkeypatch, missing):
    """The last line's end is needed, and so is the key with which the dump began."""
    database = postgres.fresh()
    put_first_on_path(monkeypatch, tmp_path / "bin", "pg_dump", f'{NO_VERSION}\n"$REAL" "$@" | head -c -{missing + 2}')
    with pytest.raises(IncompleteDump):
        dump(database.url, tmp_path)


def test_an_empty_dump_is_no_backup(postgres, tmp_path, monkeypatch):
    """A pg_dump that writes nothing and exits 0 is not believed."""
    put_first_on_path(monkeypatch, tmp_path / "bin", "pg_dump", f"{NO_VERSION}\nexit 0")
    (tmp_path / "backups").mkdir()
    with pytest.raises(IncompleteDump, match="pg_dump exited 0 and wrote nothing"):
        back_up(postgres.fresh().url, tmp_path / "backups")
    assert [*(tmp_path / "backups").iterdir()] == []


def test_an_exit_code_is_believed_whatever_was_written(postgres, tmp_path, monkeypatch):
    """A whole dump whose program failed is no backup."""
    put_first_on_path(monkeypatch, tmp_path / "bin", "pg_dump", f'{NO_VERSION}\n"$REAL" "$@"; exit 7')
    with pytest.raises(ToolFailed, match=r"^pg_dump exited 7$"):
        dump(postgres.fresh().url, tmp_path)


@pytest.mark.parametrize("version", ["9.6.24", "10.1", "14.22 (Debian 14.22-1)"])
def test_an_older_pg_dump_is_said_before_it_runs(postgres, tmp_path, monkeypatch, version):
    """Of an older pg_dump both versions are said, and what to install."""
    database, ran = postgres.fresh(), tmp_path / "ran"
    script = f'case "$1" in --version) echo "pg_dump (PostgreSQL) {version}";; *) touch {ran};; esac'
    put_first_on_path(monkeypatch, tmp_path / "bin", "pg_dump", script)
    server = postgres.run("SHOW server_version").split()[0]
    with pytest.raises(ToolMissing) as caught:
        dump(database.url, tmp_path)
    shown = ".".join(version.split()[0].split(".")[:2])
    path = tmp_path / "bin" / "pg_dump"
    assert str(caught.value).startswith(f"{path} is of PostgreSQL {shown}, and the server of {server}: ")
    assert f"install pg_dump {server.split('.')[0]} or newer" in str(caught.value)
    assert not ran.exists()


def test_a_newer_pg_dump_is_welcome(postgres, tmp_path, monkeypatch):
    """A newer pg_dump dumps older servers."""
    script = 'case "$1" in --version) echo "pg_dump (PostgreSQL) 99beta1";; *) exec "$REAL" "$@";; esac'
    put_first_on_path(monkeypatch, tmp_path / "bin", "pg_dump", script)
    assert b"CREATE TABLE public.t" in dump(postgres.fresh("CREATE TABLE t ()").url, tmp_path)[0]


def test_a_pg_dump_without_a_version_is_refused(postgres, tmp_path, monkeypatch):
    """A program of that name that tells no version is refused."""
    put_first_on_path(monkeypatch, tmp_path / "bin", "pg_dump", "echo hello")
    with pytest.raises(ToolFailed, match=r"--version says 'hello\\n', which is not a version"):
        dump(postgres.fresh().url, tmp_path)


@pytest.mark.parametrize("missing", ["pg_dump", "psql"])
def test_a_missing_program_is_named(tmp_path, monkeypatch, missing):
    """Of a missing program it is said for which engine it is, and how it is installed."""
    for name in {"pg_dump", "psql"} - {missing}:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing) as caught:
        dump("postgresql://ada@127.0.0.1/shop", tmp_path)
    assert str(caught.value) == (
        f"'{missing}' is not on PATH, and PostgreSQL needs it; install it: "
        "apt-get install postgresql-client, or from https://www.postgresql.org/download/"
    )


def test_a_wrong_password_is_said_and_not_shown(postgres, tmp_path):
    """A wrong password is said, not shown, and not asked for at a terminal."""
    database = postgres.fresh()
    url = database.url.replace("owner%27s%20secret", "hunter2")
    with pytest.raises(
        ToolFailed, match=r'^psql exited 2: .*password authentication failed for user "owner"'
    ) as caught:
        dump(url, tmp_path)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ToolFailed, match=r"^psql exited 2: .*no password supplied"):
        dump(database.url.replace(":owner%27s%20secret", ""), tmp_path)


def test_a_missing_database_is_said(postgres, tmp_path):
    """A database that is not there is named."""
    with pytest.raises(ToolFailed, match=r'^psql exited 2: .*database "no such" does not exist$'):
        dump(postgres.url("no such"), tmp_path)


@pytest.mark.parametrize("url", ["postgresql://ada@127.0.0.1", "postgresql://ada@127.0.0.1/"])
def test_a_url_without_a_database_is_refused(tmp_path, url):
    """A URL without a database is refused, for which libpq would take the user's."""
    with pytest.raises(InvalidInput, match="names no database"):
        dump(url, tmp_path)


def test_what_the_role_may_not_read_is_no_backup(postgres, tmp_path):
    """A table that the role may not read, or whose policy hides rows, is not left out: there is no backup."""
    database = postgres.fresh("CREATE TABLE a AS SELECT 1 AS b; GRANT SELECT ON a TO other")
    database.run("ALTER TABLE a ENABLE ROW LEVEL SECURITY")
    postgres.run(f"GRANT CONNECT ON DATABASE {database.name} TO other")
    url = postgres.url(database.name, user="other")
    with pytest.raises(ToolFailed, match=r'^pg_dump exited 1: .*row-level security policy for table "a"'):
        dump(url, tmp_path)
    database.run("REVOKE SELECT ON a FROM other")
    with pytest.raises(ToolFailed, match=r"^pg_dump exited 1: .*permission denied for table a"):
        dump(url, tmp_path)
