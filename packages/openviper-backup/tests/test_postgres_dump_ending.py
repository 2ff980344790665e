"""Dumps of PostgreSQL that are given up: no program, no session and no lock of theirs remains."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from postgres_dumping import back_up, dump, dumping, running

from openviper.backup.errors import Interrupted

# Some MB, so that pg_dump is not done before it is ended.
ROWS = """CREATE TABLE things AS SELECT n, md5(n::text) AS secret FROM generate_series(1, 100000) n;
    CREATE TABLE zoo AS SELECT 1 AS a"""


def test_a_dump_that_is_given_up_leaves_no_session(postgres, tmp_path):
    """A dump that is given up while it waits for a lock releases its own."""
    database = postgres.fresh(ROWS)
    locking = "BEGIN; LOCK TABLE things; SELECT 'locked'; SELECT pg_sleep(60)"
    environment = {**postgres.environment("owner"), "PGDATABASE": database.name, "PGAPPNAME": "locker"}
    with subprocess.Popen(["psql", "-XqAt", "-c", locking], env=environment, stdout=subprocess.PIPE) as locker:
        try:
            _wait_for(postgres, "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted", "1")
            with pytest.raises(Interrupted, match="not done within 1 s"):
                dump(database.url, tmp_path, timeout=1)
            sessions = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database.name}'"
            _wait_for(postgres, f"{sessions} AND application_name <> 'locker'", "0")
            assert locker.poll() is None
        finally:
            locker.kill()


def test_a_dump_that_is_given_up_leaves_no_process(postgres, tmp_path):
    """A dump that is given up leaves neither pg_dump nor psql."""
    with dumping(postgres.fresh(ROWS).url, tmp_path, count_rows=True) as being_made:
        being_made.read(1000)
        assert (len(running("pg_dump")), len(running("psql"))) == (1, 1)
    assert running("pg_dump") == running("psql") == []


def test_a_server_that_never_answers_is_not_waited_for(tmp_path):
    """The deadline ends the wait for a server that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://ada@127.0.0.1:{silent.getsockname()[1]}/shop"
        with pytest.raises(Interrupted, match=r"not done within 0\.5 s"):
            dump(url, tmp_path, timeout=0.5)
    assert running("psql") == []


@pytest.mark.parametrize("step", ["dump", "sync", "read back", "publish", "sidecar"])
def test_a_killed_backup_leaves_nothing_that_runs_or_stops_the_next(postgres, tmp_path, step):
    """Killed at each step, no program of it goes on, and the next backup is made."""
    database = postgres.fresh(ROWS)
    code = f"""
import os, signal, sys
from pathlib import Path
sys.path.append({str(Path(__file__).parent)!r})
from postgres_dumping import back_up
def kill(progress):
    if progress.step == {step!r} and (progress.done or {step!r} != "dump"):
        os.kill(os.getpid(), signal.SIGKILL)
back_up({database.url!r}, Path({str(tmp_path)!r}), count_rows=True, on_progress=kill)
"""
    killed = subprocess.run([sys.executable, "-c", code], timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    sessions = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database.name}'"
    _wait_for(postgres, sessions, "0")
    made = back_up(database.url, tmp_path, count_rows=True)
    assert made.sidecar.row_counts == {"public.things": 100_000, "public.zoo": 1}
    assert [path for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def _wait_for(postgres, query: str, expected: str) -> None:
    deadline = time.monotonic() + 30
    while (found := postgres.run(query)) != expected:
        assert time.monotonic() < deadline, f"{query}: {found}"
        time.sleep(0.05)
