"""What all sections of ``backup.py`` have in common: our commands, and what is looked at behind each turn."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backup_turns import OURS, Contestant, Work, ours

if TYPE_CHECKING:
    from pathlib import Path

    from backup_data import Rows
    from backup_engines import Engine

__all__ = [
    "DJANGO",
    "DJANGO_DEFAULT",
    "FAST",
    "LIVE",
    "MOST_MEMORY",
    "OURS_RESTORE",
    "SMALL",
    "WIDE",
    "Given",
    "expect",
    "our_archive",
    "our_backups",
    "our_restores",
    "restore_once",
    "take_backups",
]

FAST = f"{OURS} --fast"
OURS_RESTORE = f"{OURS}, restore-db"
DJANGO, DJANGO_DEFAULT = "django-dbbackup -z", "django-dbbackup -z, pg_dump's own format"
#: Databases.
LIVE, SMALL, WIDE = "shop", "corner", "wide"
#: MiB above a bare interpreter.
MOST_MEMORY = 32


@dataclass(frozen=True, slots=True)
class Given:
    """What all sections have: a folder, the rows, how many rounds."""

    folder: Path
    rows: Rows
    rounds: int

    def work(self, name: str) -> Work:
        folder = self.folder / name
        folder.mkdir(mode=0o755)
        return Work(folder)


def our_backups(engine: Engine, work: Work, database: str, *options: str) -> list[Contestant]:
    arguments = ["backup-db", "--db", engine.url(database), "--path", str(work.out), *options]
    return [
        ours(OURS, work, database, *arguments, isal=False),
        ours(FAST, work, database, *arguments, "--fast", isal=True),
    ]


def take_backups(
    engine: Engine, contestants: list[Contestant], given: Given, work: Work, rounds: int = 0
) -> dict[str, tuple[int, int]]:
    """Let all back up in turns; return the bytes of each one's backup, and of what gzip makes of it."""
    sizes: dict[str, tuple[int, int]] = {}

    def behind(contestant: Contestant) -> None:
        backup = work.single()
        # pg_dump's own format has no such end.
        trailer = b"" if contestant.name == DJANGO_DEFAULT else engine.trailer(contestants[0].database)
        sizes[contestant.name] = backup.stat().st_size, size_inside(contestant.name, backup, trailer)
        engine.settle()

    subject = f"{engine.title}, backups of {contestants[0].database}"
    work.in_turns(subject, contestants, rounds or given.rounds, behind)
    return sizes


def size_inside(name: str, backup: Path, trailer: bytes) -> int:
    """See that gzip takes a backup for whole, and that the dump in it has its end; return how long that is."""
    size, tail = 0, b""
    with subprocess.Popen(["gzip", "-d", "-c", str(backup)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while data := process.stdout.read(1 << 20):
            size += len(data)
            tail = (tail + data)[-40_000:]
    if process.returncode or trailer not in tail:
        sys.exit(f"{name}: {backup} is no whole dump")
    return size


def our_archive(engine: Engine, work: Work, database: str) -> Path:
    """Back up, and put the archive with its sidecar where it stays."""
    folder = work.folder / f"backup of {database}"
    arguments = ["backup-db", "--db", engine.url(database), "--path", str(folder)]
    work.run(ours("a backup", work, "", *arguments, isal=True))
    return next(folder.glob("*.tar.gz"))


def our_restores(engine: Engine, work: Work, database: str, archive: Path, *options: str) -> list[Contestant]:
    arguments = ["restore-db", str(archive), "--db", engine.url(database), "--force", *options]
    return [
        ours(OURS_RESTORE, work, database, *arguments, isal=False),
        ours(f"{OURS_RESTORE}, with ISA-L", work, database, *arguments, isal=True),
    ]


def restore_once(engine: Engine, work: Work, database: str, *options: str) -> None:
    for contestant in our_restores(engine, work, database, our_archive(engine, work, database), *options):
        work.run(contestant)


def expect(engine: Engine, database: str, rows: Rows, by: str) -> None:
    if (found := engine.counts(database)) != rows.counts:
        sys.exit(f"{by}: {database} has {found} and should have {rows.counts}")
