"""SQLite databases for tests, and what is in them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import money_mover

from openviper.backup.engines.base import Content, DumpOptions, RestoreOptions
from openviper.backup.engines.sqlite import SQLiteEngine
from openviper.backup.job import Job
from openviper.backup.url import parse_url

ROWS = 5_000


def url_of(path: Path, query: str = "") -> str:
    return f"sqlite:///{quote(str(path))}{query}"


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@contextmanager
def opened(path: Path, timeout: float = 5):
    with closing(sqlite3.connect(path, timeout=timeout, isolation_level=None)) as connection:
        yield connection


def make_database(
    path: Path, word: str = "new", *, rows: int = ROWS, mode: str = "DELETE", page_size: int = 4096
) -> Path:
    """Make a database whose table ``things`` has so many rows with a word, and an index."""
    with opened(path) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, word TEXT, data BLOB)")
        connection.executemany(
            "INSERT INTO things (word, data) VALUES (?, ?)", [(word, bytes([n % 256]) * 300) for n in range(rows)]
        )
        connection.execute("CREATE INDEX words ON things (word)")
        connection.execute("COMMIT")
    return path


def words(path: Path) -> list[tuple[str, int]]:
    """Return each word with its rows, of a file that SQLite itself finds sound."""
    with opened(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return connection.execute("SELECT word, count(*) FROM things GROUP BY word").fetchall()


def everything(path: Path) -> list[str]:
    """Return all of a database: its schema, and each row of each table as SQL."""
    with opened(path) as connection:
        schema = connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
        ).fetchall()
        lines = [repr(each) for each in schema]
        for name in [each[1] for each in schema if each[0] == "table"]:
            table = name.replace('"', '""')
            columns = [row[1].replace('"', '""') for row in connection.execute(f'PRAGMA table_xinfo("{table}")')]
            values = ", ".join(f'quote("{column}")' for column in columns)
            lines += [f"{name} {row}" for row in connection.execute(f'SELECT {values} FROM "{table}"')]
        return lines


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def dump(path: Path, folder: Path, *, url: str | None = None, job: Job | None = None, size: int = 1 << 20, **options):
    """Return the bytes of a dump, its row counts and its notes."""
    with (
        job or Job() as run,
        SQLiteEngine().dump(parse_url(url or url_of(path)), DumpOptions(folder, **options), run) as dumped,
    ):
        pieces = []
        while piece := dumped.read(size):
            pieces.append(piece)
        data = b"".join(pieces)
        assert dumped.size == len(data)
        return data, *dumped.finish()


class Staged:
    """What is behind a dump that was staged: its size, and nothing to read."""

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, size: int) -> bytes:
        raise AssertionError("the dump was staged, and is not read again")


def load(target, data: bytes):
    """Give a target a dump, as a restore does; return the notes."""
    target.preflight()
    staging = target.staging()
    staging.write(data)
    staging.flush()
    notes = target.accept(Content(len(data), data[: 1 << 16], data[-(1 << 16) :]))
    target.load(Staged(len(data)))
    return notes


def restore(
    path: Path, data: bytes, *, query: str = "", job: Job | None = None, file: Path = Path("/x.sql"), **options
):
    """Restore bytes; return what was kept, and the notes."""
    with (
        job or Job() as run,
        SQLiteEngine().target(parse_url(url_of(path, query)), RestoreOptions(file, **options), run) as target,
    ):
        noted = load(target, data)
        kept, notes = target.swap()
        return kept, (*noted, *notes)


def make_read_only(disk: Path) -> None:
    """Mount a small disk anew."""
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)


@contextmanager
def running(code: str, *arguments: object):
    """Have a Python program run that has said one line, until its stdin is closed."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline()
            yield process
        finally:
            process.kill()


@contextmanager
def movers(path: Path, count: int = 2):
    """Have some programs move money; all of them have begun, and each has moved some at the end."""
    command = [sys.executable, money_mover.__file__, str(path)]
    running = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for number in range(count)
    ]
    try:
        for each in running:
            assert each.stdout.readline() == b"moving\n"
        yield
        for each in running:
            said, _ = each.communicate(timeout=60)
            assert each.returncode == 0
            assert int(said) > 0
    finally:
        for each in running:
            each.kill()
            each.communicate()


@contextmanager
def reader(path: Path):
    """Have another program keep a database open; return a function that asks it for the word in there."""
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); print('open', flush=True)\n"
        "for _ in sys.stdin: print(c.execute('SELECT DISTINCT word FROM things').fetchone()[0], flush=True)"
    )
    with running(code, path) as process:

        def ask() -> str:
            process.stdin.write(b"\n")
            process.stdin.flush()
            return process.stdout.readline().decode().strip()

        yield ask


def data_of(path: Path, word: str = "new", **options) -> bytes:
    """Return the bytes of a new database, which is gone again."""
    data = make_database(path.with_name("made.db"), word, **options).read_bytes()
    path.with_name("made.db").unlink()
    return data
