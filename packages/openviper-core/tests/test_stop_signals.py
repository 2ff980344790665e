"""Signals around a block: those that end a program by real processes, and handlers of one's own."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from openviper.core.stop_signals import signals_handled

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
        ({"undoing": "time.sleep(1.1); send()"}, 0, ["undone"]),
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_means_ctrl_c_stays_so(number):
    """Whoever has it raise KeyboardInterrupt catches that."""
    before = f"signal.signal({int(number)}, signal.default_int_handler)"
    assert outcome(number, before=before, block="\n        try: send()\n        except KeyboardInterrupt: pass") == (
        0,
        ["undone", "gone on"],
    )


#: What Python itself makes of them.
PYTHONS = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
}


def other(number, frame):
    """What somebody else has set."""


@pytest.fixture
def pythons():
    """Python's own handlers."""
    before = {each: signal.signal(each, own) for each, own in PYTHONS.items()}
    yield
    for each, own in before.items():
        signal.signal(each, own)


@pytest.mark.parametrize("number", PYTHONS)
@pytest.mark.usefixtures("pythons")
def test_pythons_own_is_back_after_the_block(number):
    """As if there had been none."""
    came = []
    with signals_handled(lambda number, frame: came.append(number), *PYTHONS):
        signal.raise_signal(number)
    assert came == [number]
    assert signal.getsignal(number) is PYTHONS[number]


@pytest.mark.parametrize(
    ("number", "own"),
    [
        (signal.SIGTERM, signal.SIG_IGN),
        (signal.SIGTERM, other),
        # As Ctrl-C, and as SIGTERM.
        (signal.SIGTERM, signal.default_int_handler),
        (signal.SIGINT, signal.SIG_DFL),
    ],
)
@pytest.mark.parametrize("is_inside", [True, False])
@pytest.mark.usefixtures("pythons")
def test_what_somebody_else_sets_stays(number, own, is_inside):
    """Before the block, or inside it."""
    if not is_inside:
        signal.signal(number, own)
    with signals_handled(print, *PYTHONS):
        if is_inside:
            signal.signal(number, own)
        assert signal.getsignal(number) is own
    assert signal.getsignal(number) is own


@pytest.mark.usefixtures("pythons")
def test_in_another_thread_nothing_is_handled():
    """Only a program's first thread can."""
    seen = []

    def run():
        with signals_handled(print, *PYTHONS):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]
