"""How long commands take from start to end, in turns: wall clock and CPU, and the bars between them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from environment import BENCH, PYTHON, clean_environ
from report import Spread, choose, command_line, table, verdict

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["Bar", "Case", "arguments", "bars", "measure", "packages_of", "python", "script", "take", "timings"]

#: The least number of runs whose medians are published.
PUBLISHED = 15


@dataclass(slots=True)
class Case:
    """A command, and what its runs took in milliseconds."""

    title: str
    command: list[str]
    #: Its distributions, for the versions that are printed.
    packages: tuple[str, ...] = ()
    #: Variables of its own.
    environ: Mapping[str, str] = field(default_factory=dict)
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bar:
    case: str
    most: float
    than: str


def python(code: str) -> list[str]:
    return [str(PYTHON), "-c", code]


def script(name: str, *arguments: str) -> list[str]:
    return [str(BENCH / "bin" / name), *arguments]


def packages_of(cases: Iterable[Case]) -> list[str]:
    return list(dict.fromkeys(package for case in cases for package in case.packages))


def measure(cases: Iterable[Case], runs: int, folder: Path) -> None:
    """Run every case ``runs`` times, in turns, in ``folder``, after one run that compiles and is not counted."""
    # The children inherit it: a command that changes cores measures the caches.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    cases = list(cases)
    for number in range(runs + 1):
        for case in cases:
            wall, cpu = take(case.command, folder, case.environ)
            if number:
                case.wall.append(wall)
                case.cpu.append(cpu)


def take(command: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None) -> tuple[float, float]:
    """Run ``command`` in ``folder``; return its wall clock and CPU time in milliseconds."""
    null, env = subprocess.DEVNULL, {**clean_environ(), **(environ or {})}
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=env, stdin=null, stdout=null, stderr=null)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} exited {process.returncode} in {folder}; run it by hand to see why")
    return wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3


def timings(cases: Iterable[Case]) -> str:
    rows = [[f"`{case.title}`", str(Spread.of(case.wall)), str(Spread.of(case.cpu))] for case in cases]
    return table(["", "wall clock", "CPU"], rows)


def bars(wanted: Iterable[Bar], cases: Mapping[str, Case]) -> list[str]:
    """A table of the bars whose both sides were measured; nothing where there are none."""
    rows = [compared(bar, cases) for bar in wanted if {bar.case, bar.than} <= set(cases)]
    return [table(["bar, ratio of the wall clock's medians", "measured", "", "CPU"], rows)] if rows else []


def compared(bar: Bar, cases: Mapping[str, Case]) -> list[str]:
    case, than = cases[bar.case], cases[bar.than]
    wall = statistics.median(case.wall) / statistics.median(than.wall)
    cpu = statistics.median(case.cpu) / statistics.median(than.cpu)
    title = f"`{case.title}` <= {bar.most} x `{than.title}`"
    return [title, f"{wall:.3f}", verdict(held=wall <= bar.most), f"{cpu:.3f}"]


def arguments(doc: str | None, known: Sequence[str]) -> argparse.Namespace:
    """What was given on the command line: ``names`` of cases, ``runs``, ``write``."""
    parser = command_line(doc, known)
    parser.add_argument("--runs", type=int, default=21, help="of each command (default 21)")
    given = parser.parse_args()
    given.names = choose(parser, given.only, known)
    if given.runs < 1:
        parser.error("--runs: at least 1")
    if given.write and (given.only or given.runs < PUBLISHED):
        parser.error(
            f"--write wants all commands and at least {PUBLISHED} runs, so that the table comes from one whole run"
        )
    return given
