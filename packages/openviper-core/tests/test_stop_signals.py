"""SIGTERM and SIGHUP around a block; by real processes."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import os, signal, sys, time
from openviper.core.stop_signals import ended_by_signals

def send():
    os.kill(os.getpid(), {number})

{before}
with ended_by_signals():
    try:
        {block}
    finally:
        print("undone", flush=True)
        {undoing}
print("gone on", flush=True)
{after}
"""


def outcome(number, before="", block="send()", undoing="", after=""):
    program = PROGRAM.format(number=int(number), before=before, block=block, undoing=undoing, after=after)
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert result.stderr == ""
    return result.returncode, result.stdout.splitlines()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    ("given", "code", "lines"),
    [
        ({}, 128, ["undone"]),
        # Twice at once, as from timeout(1).
        ({"undoing": "send()"}, 128, ["undone"]),
        # And as late as that.
        ({"before": "import atexit; atexit.register(send)"}, 128, ["undone"]),
        ({"undoing": "time.sleep(0.6); send()"}, 0, ["undone"]),
        # Another error's exit code is not that of the signal.
        ({"undoing": "raise ValueError"}, 128, ["undone"]),
        ({"block": "pass", "after": "send()"}, 0, ["undone", "gone on"]),
    ],
)
def test_the_block_is_left_and_the_process_ends(number, given, code, lines):
    """With the signal's exit code; by the signal itself where it comes later again, or behind the block."""
    assert outcome(number, **given) == (code + number if code else -number, lines)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_is_ignored_stays_so(number):
    """As nohup(1) has it."""
    ignored = f"signal.signal({int(number)}, signal.SIG_IGN)"
    assert outcome(number, before=ignored, after="send()") == (0, ["undone", "gone on"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_forked_process_ends_by_itself(number):
    """It has nothing to undo."""
    block = "child = os.fork() or send(); print(os.waitpid(child, 0)[1], flush=True)"
    assert outcome(number, block=block) == (0, [str(int(number)), "undone", "gone on"])
