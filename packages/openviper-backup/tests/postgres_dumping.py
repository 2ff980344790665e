"""Dumps of PostgreSQL for tests: made by the package, loaded by psql, and compared row by row."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

from dump_script import order
from postgres_instance import Database, Postgres, program

from openviper.backup._postgres.dump import dump_database
from openviper.backup._writing.making import Order, make_backup
from openviper.backup.engines.base import DumpOptions
from openviper.backup.engines.postgres import PostgresEngine
from openviper.backup.job import Job
from openviper.backup.url import parse_url

SECONDS = 60
TABLES = r"""
SELECT format(CASE relkind WHEN 'S' THEN '(SELECT last_value, is_called FROM %I.%I)' ELSE '%I.%I' END,
    n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1
"""


@contextmanager
def dumping(url: str, folder: Path, *, timeout: float = SECONDS, **options):
    """A dump that has begun; ``options``: those of DumpOptions."""
    with Job(timeout) as job, job.at_end, dump_database(parse_url(url), DumpOptions(folder, **options), job) as dump:
        yield dump


def dump(url: str, folder: Path, **options):
    """Return a dump, its counts, and its notes."""
    with dumping(url, folder, **options) as running:
        data = b"".join(iter(lambda: running.read(1 << 20), b""))
        return data, *running.finish()


def load(server: Postgres, data: bytes) -> Database:
    """Load a dump into a database of its own, as superuser."""
    database = server.fresh(owner="postgres")
    environment = {**os.environ, **server.environment(), "PGDATABASE": database.name}
    command = [str(program("psql")), "-Xq", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run(command, input=data, env=environment, capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return database


def contents(database: Database) -> dict[str, list[str]]:
    """Return each table's rows, and each sequence's state, as a superuser sees them; and the large objects."""
    names = database.run(TABLES, user="postgres").splitlines()
    rows = {name: database.run(f"SELECT t FROM {name} t ORDER BY t::text", user="postgres") for name in names}
    blobs = database.run("SELECT oid, lo_get(oid) FROM pg_largeobject_metadata ORDER BY oid", user="postgres")
    return {name: text.split("\n") for name, text in {**rows, "large objects": blobs}.items()}


def back_up(url: str, folder: Path, *, count_rows: bool = False, on_progress=None):
    """Make a backup in a folder."""
    made = order(folder, PostgresEngine())
    options = DumpOptions(folder, count_rows)
    with Job(SECONDS, on_progress) as job:
        return make_backup(Order(made.engine, parse_url(url), made.name, options, made.compression), job)


def put_first_on_path(monkeypatch, folder: Path, name: str, script: str) -> None:
    """Put a shell script in front of a program, which it finds as ``$REAL``."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\nREAL={shutil.which(name)}\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def descendants(pid: int | None = None) -> dict[int, str]:
    """Return the processes that ``pid``, or this one, has started, each with the name of its program."""
    found: dict[int, str] = {}
    # Any of them may end while they are looked at.
    with suppress(FileNotFoundError, ProcessLookupError):
        for file in Path(f"/proc/{pid or os.getpid()}/task").glob("*/children"):
            for child in file.read_text().split():
                with suppress(FileNotFoundError, ProcessLookupError):
                    status = Path(f"/proc/{child}/stat").read_text()
                    found |= {int(child): re.search(r"\((.*)\)", status)[1], **descendants(int(child))}
    return found


def running(name: str) -> list[int]:
    """Return the process ids of a program that this process has started, and that runs."""
    return [pid for pid, program in descendants().items() if program == name]
