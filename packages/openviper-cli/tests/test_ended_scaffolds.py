"""What SIGTERM and SIGHUP end while it is half done; by real processes."""

from __future__ import annotations

import signal

import pytest

# The first file that is opened to be written stands there, empty, when the signal comes: twice, as from timeout(1).
PROGRAM = """
import os, signal, sys
{before}

def end(event, args):
    if event == "open" and args[1] == "w":
        try:
            os.kill(os.getpid(), {number})
        finally:
            os.kill(os.getpid(), {number})

sys.addaudithook(end)
from openviper.cli import main
sys.exit(main())
"""
COMMANDS = [
    ("create-project", "other"),
    ("create-project", "other", "--full"),
    ("create-app", "other"),
    ("viperctl", "create-app", "other"),
    ("viperctl", "create-provider", "other"),
    ("viperctl", "create-command", "other", "mysite"),
]


def paths(folder):
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("args", COMMANDS)
def test_a_scaffold_that_is_ended_half_way_leaves_nothing(openviper, project, args, number):
    """As on Ctrl-C, with the exit code of a process that the signal has ended."""
    before = paths(project)
    result = openviper(*args, cwd=project, command=("-c", PROGRAM.format(before="", number=int(number))))
    assert (result.returncode, result.stdout, result.stderr) == (128 + number, "", "")
    assert paths(project) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("args", COMMANDS)
def test_a_signal_that_is_ignored_stays_so(openviper, project, args, number):
    """As ``trap '' TERM`` of a shell makes it, and nohup(1)."""
    ignored = PROGRAM.format(before=f"signal.signal({int(number)}, signal.SIG_IGN)", number=int(number))
    result = openviper(*args, cwd=project, command=("-c", ignored))
    assert result.returncode == 0, result.stderr
    assert any("other" in each for each in paths(project))
