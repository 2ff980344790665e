"""How long imports and commands take from start to end, beside those of peers; wall clock and CPU.

All commands run in turns on one core, in an environment without OPENVIPER_* and PYTHON* variables, after one uncounted
run that compiles. This folder is the first on sys.path, and http.py hides the standard library's http: import nothing
that needs it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from environment import BENCH, PYTHON, clean_environ, conditions, prepare, run
from report import Spread, choose, command_line, conclude, table, verdict

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

__all__ = ["main"]

OURS = "openviper.core.context, openviper.conf"
COMMAND_LINE = ("openviper-core", "openviper-cli")


@dataclass(slots=True)
class Case:
    """A command, and what its runs took in milliseconds."""

    title: str
    command: list[str]
    #: Its distributions, for the versions that are printed.
    packages: tuple[str, ...] = ()
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


def cases() -> dict[str, Case]:
    return {
        "pass": Case("python -c pass", python("pass")),
        "dataclasses": Case("import dataclasses", python("import dataclasses")),
        "conf": Case(f"import {OURS}", python(f"import {OURS}"), COMMAND_LINE[:1]),
        "click": Case("import click", python("import click"), ("click",)),
        "openviper": Case("openviper --help", script("openviper", "--help"), COMMAND_LINE),
        "viperctl": Case("openviper viperctl --help", script("openviper", "viperctl", "--help"), COMMAND_LINE),
        "django": Case("django-admin help", script("django-admin", "help"), ("django",)),
        "flask": Case("flask --help", script("flask", "--help"), ("flask",)),
        "litestar": Case("litestar --help", script("litestar", "--help"), ("litestar",)),
    }


BARS = (Bar("conf", 1.9, "dataclasses"), Bar("openviper", 1.3, "click"), Bar("viperctl", 0.95, "django"))


def measure(chosen: dict[str, Case], runs: int, project: Path) -> None:
    """Run every case ``runs`` times, in turns, in ``project``."""
    for number in range(runs + 1):
        for case in chosen.values():
            wall, cpu = take(case.command, project)
            if number:
                case.wall.append(wall)
                case.cpu.append(cpu)


def take(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Run ``command`` in ``folder``; return its wall clock and CPU time in milliseconds."""
    null = subprocess.DEVNULL
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=clean_environ(), stdout=null, stderr=null)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} exited {process.returncode} in {folder}; run it by hand to see why")
    return wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3


def net_imports(runs: int) -> tuple[float, float]:
    """What importing ours, and dataclasses, adds to a started Python: medians of -X importtime's sums, milliseconds."""
    pairs = [(sum(import_times(OURS)), sum(import_times("dataclasses"))) for _ in range(runs)]
    ours, theirs = (statistics.median(column) / 1e3 for column in zip(*pairs, strict=True))
    return ours, theirs


def import_times(names: str) -> list[int]:
    """The microseconds that each module took by itself, of those imported after ``site``, the last of the start."""
    command = [str(PYTHON), "-X", "importtime", "-c", f"import {names}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=clean_environ(), cwd=BENCH)
    told = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    lines = [line.removeprefix("import time:").split("|") for line in told]
    modules = [name.strip() for *_, name in lines]
    return [int(own) for own, *_ in lines[modules.index("site") + 1 :]]


def report(chosen: dict[str, Case], runs: int) -> str:
    rows = [[f"`{case.title}`", str(Spread.of(case.wall)), str(Spread.of(case.cpu))] for case in chosen.values()]
    bars = [compared(bar, chosen) for bar in BARS if {bar.case, bar.than} <= set(chosen)]
    parts = [
        f"Median (min-max) of {runs} runs in turns, in milliseconds; commands in a new project.",
        table(["", "wall clock", "CPU"], rows),
    ]
    if bars:
        parts.append(table(["bar, ratio of the wall clock's medians", "measured", "", "CPU"], bars))
    if {"conf", "dataclasses"} <= set(chosen):
        ours, theirs = net_imports(runs)
        parts.append(
            f"The import alone, without Python's start (-X importtime): {ours:.2f} ms, `dataclasses` {theirs:.2f} ms, "
            f"ratio {ours / theirs:.2f}."
        )
    return "\n\n".join(parts)


def compared(bar: Bar, chosen: dict[str, Case]) -> list[str]:
    case, than = chosen[bar.case], chosen[bar.than]
    wall = statistics.median(case.wall) / statistics.median(than.wall)
    cpu = statistics.median(case.cpu) / statistics.median(than.cpu)
    title = f"`{case.title}` <= {bar.most} x `{than.title}`"
    return [title, f"{wall:.3f}", verdict(held=wall <= bar.most), f"{cpu:.3f}"]


def arguments(known: Sequence[str]) -> argparse.Namespace:
    parser = command_line(__doc__, known)
    parser.add_argument("--runs", type=int, default=21, help="of each command (default 21)")
    given = parser.parse_args()
    given.names = choose(parser, given.only, known)
    if given.runs < 1:
        parser.error("--runs: at least 1")
    if given.write and (given.only or given.runs < 15):
        parser.error("--write wants all commands and at least 15 runs, so that the table comes from one whole run")
    return given


def main() -> None:
    known = cases()
    given = arguments(list(known))
    chosen = {name: case for name, case in known.items() if name in given.names}
    packages = list(dict.fromkeys(package for case in chosen.values() for package in case.packages))
    prepare(local=any(name in packages for name in COMMAND_LINE))
    before = conditions(packages)
    # The children inherit it: a command that changes cores measures the caches.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        if "viperctl" in chosen:
            run(script("openviper", "create-project", "mysite", "--directory", folder))
        measure(chosen, given.runs, project_in(Path(folder)))
    text = f"{before}\n\n{report(chosen, given.runs)}"
    conclude("startup", text, write=given.write)


def project_in(folder: Path) -> Path:
    """Where the new project stands: the folder of its ``viperctl.py``; ``folder`` where none was made."""
    return next((found.parent for found in folder.rglob("viperctl.py")), folder)


if __name__ == "__main__":
    main()
