"""``openviper viperctl`` with a command of openviper-backup; writes JSON about the process that ran it.

backup_command.py REPORT WITH_ISAL ARGUMENTS...

REPORT: a file. WITH_ISAL: ``no`` hides it, as where the extra ``fast`` is not installed.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter

__all__ = ["main"]


class Steps:
    """How long each step of a restore takes, in seconds."""

    def __init__(self):
        self.seconds = {}
        self._step, self._began = None, 0.0

    def __call__(self, progress):
        if progress.step != self._step:
            self.end()
            self._step, self._began = progress.step, perf_counter()

    def end(self):
        if self._step is not None:
            self.seconds[self._step] = self.seconds.get(self._step, 0.0) + perf_counter() - self._began


def watch(steps):
    """Have the command tell of its steps; where it has no terminal it asks for no progress itself."""
    commands = import_module("openviper.backup.commands")
    for name in ("backup_database", "restore_database"):
        setattr(commands, name, watched(getattr(commands, name), steps))


def watched(function, steps):
    def run(*args, on_progress=None, **options):
        return function(*args, on_progress=steps, **options)

    return run


def peak():
    """The most memory that this process has had, in MiB; children are not in it, nor who started it."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def main():
    report, with_isal, *arguments = sys.argv[1:]
    if with_isal == "no":
        sys.modules["isal"] = None
    steps = Steps()
    watch(steps)
    sys.argv = ["openviper", "viperctl", *arguments]
    try:
        import_module("openviper.cli").main()
    finally:
        steps.end()
        Path(report).write_text(json.dumps({"peak": peak(), "steps": steps.seconds}))


if __name__ == "__main__":
    main()
