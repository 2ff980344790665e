"""How long the import of the core takes from start to end, beside `dataclasses`; wall clock and CPU.

All run in turns on one core, in an environment without OPENVIPER_* and PYTHON* variables, after one uncounted
run that compiles. This folder is the first on sys.path, and http.py hides the standard library's http: import nothing
that needs it.
"""

from __future__ import annotations

import statistics
import subprocess

from environment import BENCH, PYTHON, clean_environ, conditions, prepare
from processes import Bar, Case, arguments, bars, measure, packages_of, python, timings
from report import conclude

__all__ = ["main"]

OURS = "openviper.core.context, openviper.conf"


def cases() -> dict[str, Case]:
    return {
        "pass": Case("python -c pass", python("pass")),
        "dataclasses": Case("import dataclasses", python("import dataclasses")),
        "conf": Case(f"import {OURS}", python(f"import {OURS}"), ("openviper-core",)),
    }


BARS = (Bar("conf", 1.9, "dataclasses"),)


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
    parts = [
        f"Median (min-max) of {runs} runs in turns, in milliseconds.",
        timings(chosen.values()),
        *bars(BARS, chosen),
    ]
    if {"conf", "dataclasses"} <= set(chosen):
        ours, theirs = net_imports(runs)
        parts.append(
            f"The import alone, without Python's start (-X importtime): {ours:.2f} ms, `dataclasses` {theirs:.2f} ms, "
            f"ratio {ours / theirs:.2f}."
        )
    return "\n\n".join(parts)


def main() -> None:
    known = cases()
    given = arguments(__doc__, list(known))
    chosen = {name: case for name, case in known.items() if name in given.names}
    packages = packages_of(chosen.values())
    prepare(local=bool(packages))
    before = conditions(packages)
    measure(chosen.values(), given.runs, BENCH)
    conclude("startup", f"{before}\n\n{report(chosen, given.runs)}", write=given.write)


if __name__ == "__main__":
    main()
