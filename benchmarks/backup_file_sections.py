"""SQLite, and a bucket: the sections of ``backup.py`` without a database server."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from backup_engines import SQLite
from backup_ours import (
    DJANGO,
    FAST,
    LIVE,
    MOST_MEMORY,
    OURS_RESTORE,
    SMALL,
    expect,
    our_archive,
    our_backups,
    our_restores,
    restore_once,
    take_backups,
)
from backup_report import Bar, backups, bars, memory, restores
from backup_turns import OURS, Contestant, django, ours, piped
from environment import HERE, PYTHON, clean_environ, run
from server import end

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backup_ours import Given
    from backup_turns import Work

__all__ = ["bucket", "sqlite"]

#: A restore of SQLite is made of these.
PARTS = "gunzip, integrity_check and two .backup"
#: MiB above a bare interpreter.
MOST_MEMORY_WITH_S3 = 96


def sqlite(given: Given) -> str:
    work = given.work("sqlite")
    engine = SQLite(work.folder)
    engine.make(LIVE, given.rows)
    engine.make(SMALL, given.rows.first())
    contestants = [*our_backups(engine, work, LIVE), django(DJANGO, engine, LIVE, work)]
    sizes = take_backups(engine, contestants, given, work)
    take_backups(engine, our_backups(engine, work, SMALL), given, work, rounds=1)
    seconds = {each.name: each.seconds for each in contestants}
    return "\n\n".join(
        [
            f"A file of {engine.path(LIVE).stat().st_size / 1e6:.0f} MB in WAL mode.",
            backups(seconds, sizes, OURS),
            bars(seconds, [Bar(FAST, DJANGO, 0.12)]),
            *sqlite_restores(engine, given, work),
            memory(work.reports, (SMALL, LIVE), MOST_MEMORY),
        ]
    )


def sqlite_restores(engine: SQLite, given: Given, work: Work) -> list[str]:
    archive, zipped, plain = our_archive(engine, work, LIVE), work.folder / "shop.gz", work.folder / "plain.db"
    work.run(piped("the file", ["gzip", "-6", "-c", str(engine.path(LIVE))], output=zipped))
    gunzip = piped("gunzip", ["gunzip", "-c", str(zipped)], output=plain)
    contestants = [*our_restores(engine, work, LIVE, archive), gunzip]
    parts: dict[str, list[float]] = {}

    def behind(contestant: Contestant) -> None:
        if contestant is gunzip:
            engine.settle()
            command = [str(PYTHON), str(HERE / "inside" / "backup_sqlite.py"), str(plain), str(work.folder)]
            for part, seconds in json.loads(run(command)).items():
                parts.setdefault(part, []).append(seconds)
        else:
            expect(engine, LIVE, given.rows, contestant.name)
        engine.settle()

    work.in_turns("SQLite, restores", contestants, given.rounds, behind)
    restore_once(engine, work, SMALL)
    seconds = {each.name: each.seconds for each in contestants} | parts
    seconds[PARTS] = [sum(each) for each in zip(gunzip.seconds, *parts.values(), strict=True)]
    return [restores(seconds, PARTS), bars(seconds, [Bar(OURS_RESTORE, PARTS, 1.3)])]


def bucket(given: Given) -> str:
    work = given.work("s3")
    engine = SQLite(work.folder)
    engine.make(LIVE, given.rows)
    engine.make(SMALL, given.rows.first())
    with running_bucket(work.folder) as environ:
        for database in (SMALL, LIVE):
            path = f"s3://backups/{database}"
            back_up = ["backup-db", "--db", engine.url(database), "--path", path, "--json"]
            contestant = ours("backup-db, s3", work, database, *back_up, isal=True, environ=environ)
            contestant.output = work.folder / "told.json"
            work.run(contestant)
            archive = json.loads(contestant.output.read_text())["location"]
            restore = ["restore-db", archive, "--db", engine.url(database), "--force"]
            work.run(ours("restore-db, s3", work, database, *restore, isal=True, environ=environ))
            expect(engine, database, given.rows if database == LIVE else given.rows.first(), "restore-db, s3")
    intro = "A backup of SQLite into moto's S3, uploaded from a staged file and looked at there; and back."
    return "\n\n".join([intro, memory(work.reports, (SMALL, LIVE), MOST_MEMORY_WITH_S3)])


@contextmanager
def running_bucket(folder: Path) -> Iterator[dict[str, str]]:
    """moto's S3; yields what boto3 finds it by."""
    env = {**clean_environ(), "TMPDIR": str(folder)}
    command = [str(PYTHON), str(HERE / "inside" / "backup_bucket.py")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=folder)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        names = {"AWS_ACCESS_KEY_ID": "ada", "AWS_SECRET_ACCESS_KEY": "hunter2", "AWS_DEFAULT_REGION": "us-east-1"}
        yield {**names, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "TMPDIR": str(folder)}
    finally:
        end(process)
