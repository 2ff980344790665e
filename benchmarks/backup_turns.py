"""Backups and restores of one database by OpenViper and by others, in turns, and how long each took."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from environment import BENCH, HERE, PYTHON, clean_environ
from server import end

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from backup_engines import Engine

__all__ = ["OURS", "Contestant", "Work", "django", "ours", "piped", "told"]

OURS = "OpenViper"
SECONDS = 900


@dataclass(slots=True)
class Contestant:
    """One who backs up, or restores.

    Attributes:
        stages: Commands, each fed what the one before says.
        output: Where the last one's output goes; ``None``: nowhere.
        environ: More of the environment.
        database: Which one; what our process says of itself is kept by it.
        seconds: Of each turn.
    """

    name: str
    stages: list[list[str]]
    output: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    database: str = ""
    seconds: list[float] = field(default_factory=list)


class Work:
    """A folder for what contestants write, and their turns.

    Attributes:
        out: Empty before each turn.
        reports: What our process said of itself, by what it did and with which database.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.report = folder / "report.json"
        self.reports: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)

    def empty(self) -> None:
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()

    def run(self, contestant: Contestant) -> float:
        """Let one do its work; return the seconds from the first process' start to the last one's end."""
        self.report.unlink(missing_ok=True)
        seconds = run_stages(contestant, self.folder)
        if self.report.exists():
            self.reports[contestant.name, contestant.database].append(json.loads(self.report.read_text()))
        return seconds

    def in_turns(
        self, subject: str, contestants: Sequence[Contestant], rounds: int, behind: Callable[[Contestant], None]
    ) -> None:
        """Let each do its work ``rounds`` times; ``behind``: what looks at it afterwards, and is not counted."""
        for number in range(rounds):
            # Every other round backwards: nobody always follows the same neighbour.
            for contestant in contestants if number % 2 == 0 else reversed(contestants):
                self.empty()
                contestant.seconds.append(self.run(contestant))
                behind(contestant)
            told(subject, number, rounds)

    def single(self) -> Path:
        """The one backup that was written."""
        found = [path for path in self.out.rglob("*") if path.is_file() and ".meta" not in path.name]
        if len(found) != 1:
            sys.exit(f"one backup was expected, and there are {found}")
        return found[0]


def run_stages(contestant: Contestant, folder: Path) -> float:
    target = Path(contestant.output or os.devnull)
    with (folder / "errors").open("w+b") as errors, target.open("wb") as output, ExitStack() as started:
        began = time.perf_counter()
        processes = start_stages(contestant, folder, (output, errors), started)
        codes = [process.wait(SECONDS) for process in processes]
        seconds = time.perf_counter() - began
        if any(codes):
            errors.seek(0)
            said = errors.read().decode(errors="replace")
            commands = " | ".join(shlex.join(command) for command in contestant.stages)
            sys.exit(f"{contestant.name}: {commands} exited {codes}:\n{said}")
    return seconds


def start_stages(
    contestant: Contestant, folder: Path, files: tuple[IO[bytes], IO[bytes]], started: ExitStack
) -> list[subprocess.Popen[bytes]]:
    """Start all, with ``files`` for stdout and stderr; whoever is left behind ``started`` is ended, as on SIGTERM."""
    env = {**clean_environ(), **contestant.environ}
    processes: list[subprocess.Popen[bytes]] = []
    output, errors = files
    for number, command in enumerate(contestant.stages, 1):
        source = processes[-1].stdout if processes else subprocess.DEVNULL
        target = output if number == len(contestant.stages) else subprocess.PIPE
        process = subprocess.Popen(command, stdin=source, stdout=target, stderr=errors, env=env, cwd=folder)
        started.callback(end, process)
        processes.append(process)
        if isinstance(source, BufferedReader):
            # Who reads it has it alone: the one before is told where he ends.
            source.close()
    return processes


def piped(name: str, *stages: list[str], output: Path | None, environ: Mapping[str, str] | None = None) -> Contestant:
    return Contestant(name, [*stages], output, environ or {})


def ours(
    name: str, work: Work, database: str, *arguments: str, isal: bool, environ: Mapping[str, str] | None = None
) -> Contestant:
    """Our command; ``isal``: whether it finds ISA-L, as where the extra ``fast`` is installed."""
    script = str(HERE / "inside" / "backup_command.py")
    command = [str(PYTHON), script, str(work.report), "yes" if isal else "no", *arguments]
    return Contestant(name, [command], None, environ or {}, database)


def django(name: str, engine: Engine, database: str, work: Work, connector: str | None = None) -> Contestant:
    given = {"database": engine.django(database), "folder": str(work.out), "connector": connector}
    environ = {"DBBACKUP_SITE": json.dumps(given), "PYTHONPATH": str(HERE / "contestants"), "TMPDIR": str(work.folder)}
    command = [str(BENCH / "bin" / "django-admin"), "dbbackup", "-z", "--noinput", "--settings=dbbackup_site"]
    return Contestant(name, [command], None, environ)


def told(subject: str, number: int, rounds: int) -> None:
    print(f"{subject}: round {number + 1} of {rounds} done", file=sys.stderr)
