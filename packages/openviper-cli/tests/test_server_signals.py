"""What a signal does to a server process, by the order in which signals come, and by what they meet."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from processes import environment

from openviper.cli._server_signals import Interrupted, Signals

HANGS = """
import asyncio, threading, time

def wait():
    print("HANGING", flush=True)
    threading.Event().wait()

async def sleep():
    print("HANGING", flush=True)
    await asyncio.sleep(600)

async def thread():
    await asyncio.to_thread(wait)

def block():
    print("HANGING", flush=True)
    time.sleep(600)

def obstinate():
    while True:
        try:
            block()
        except BaseException:
            pass
"""
SITE = """
import hangs
from openviper.core.lifespan import Lifespan, serve_lifespan

engine = Lifespan(["first", "second", "third"])

async def app(scope, receive, send):
    await serve_lifespan(engine, receive, send)

{at_import}
"""
FIRST = """
import asyncio
async def ready(): ...
async def shutdown():
    await asyncio.sleep({seconds})
    print("UNDONE", flush=True)
"""
SECOND = (
    FIRST
    + """
from hangs import {shutdown} as shutdown
"""
)
CUT_OFF = "is still at work after"


@pytest.fixture
def hanging(files):
    """A server's start-up that hangs in the import, or in the last ready(), and may do so in the undoing, too."""

    def write(ready="sleep", shutdown=None, at_import="pass", seconds=0):
        second = FIRST if shutdown is None else SECOND
        sources = {
            "hangs.py": HANGS,
            "site_app.py": SITE.format(at_import=at_import),
            "first.py": FIRST.format(seconds=seconds),
            "second.py": second.format(seconds=seconds, shutdown=shutdown),
            "third.py": f"from hangs import {ready} as ready\n",
        }
        files(sources)

    return write


@pytest.mark.parametrize(
    ("numbers", "interrupting"),
    [
        ([signal.SIGINT, signal.SIGTERM], [signal.SIGINT, None]),
        ([signal.SIGTERM, signal.SIGTERM], [signal.SIGTERM, None]),
        ([signal.SIGTERM, signal.SIGINT], [signal.SIGTERM, signal.SIGINT]),
        ([signal.SIGINT, signal.SIGINT], [signal.SIGINT, signal.SIGINT]),
    ],
)
def test_after_the_first_only_a_ctrl_c_interrupts(numbers, interrupting):
    """What the first began to undo is not cut off by another's SIGTERM; the first is the one that counts."""
    signals, seen = Signals(), []
    for number in numbers:
        try:
            signals(number, None)
        except Interrupted as interruption:
            seen.append(interruption.signal)
        else:
            seen.append(None)
    assert seen == interrupting
    with pytest.raises(Interrupted) as caught:
        signals.insist()
    assert caught.value.signal == numbers[0]


def test_a_sigterm_interrupts_no_end():
    """All is done then."""
    signals = Signals()
    signals.insist()
    signals.finish()
    signals(signal.SIGTERM, None)


@pytest.mark.parametrize(
    ("how", "count", "code"), [("--no-reload", 1, 143), ("--workers=2", 2, 143), ("--reload", 1, 0)]
)
@pytest.mark.parametrize(
    ("places", "undone"),
    [
        ({"at_import": "hangs.block()"}, 0),
        ({"ready": "sleep"}, 2),
        ({"ready": "block"}, 2),
        ({"shutdown": "sleep"}, 1),
    ],
)
def test_one_signal_ends_a_start_up_that_hangs(served, hanging, how, count, code, places, undone):
    """With what had started undone; a hook that hangs in that, too, has its own deadline."""
    hanging(**places)
    with served("run", "site_app", "-p0", how, OPENVIPER_SHUTDOWN_TIMEOUT="1s") as server:
        server.wait_for("HANGING", count)
        assert server.end(signal.SIGTERM) == code
        assert server.output.count("UNDONE") == undone * count
        assert CUT_OFF not in server.output


@pytest.mark.parametrize("places", [{"ready": "thread"}, {"shutdown": "thread"}])
def test_one_signal_ends_threads_that_hang(served, hanging, places):
    """When all is undone."""
    hanging(**places)
    with served("run", "site_app", "-p0", "--reload", OPENVIPER_SHUTDOWN_TIMEOUT="1s") as server:
        server.wait_for("HANGING")
        assert server.end(signal.SIGTERM) == 0
        assert "UNDONE" in server.output
        assert f"Error: a thread of the application {CUT_OFF} 1 s; it is cut off" in server.output


@pytest.mark.parametrize(
    ("how", "seconds", "number", "group", "code"),
    [("--no-reload", 5.5, signal.SIGTERM, False, 143), ("--reload", 1, signal.SIGINT, True, 0)],
)
def test_what_is_undone_has_the_time_that_its_hooks_have(served, hanging, how, seconds, number, group, code):
    """Each has SHUTDOWN_TIMEOUT, however long threads are waited for."""
    hanging(seconds=seconds)
    with served("run", "site_app", "-p0", how) as server:
        server.wait_for("HANGING")
        assert server.end(number, group=group) == code
        assert server.output.count("UNDONE") == 2
        assert CUT_OFF not in server.output


@pytest.mark.parametrize(("how", "code"), [("--no-reload", 130), ("--reload", 0)])
def test_a_second_ctrl_c_ends_a_hook_that_blocks_the_undoing(served, hanging, how, code):
    """No deadline can; the others run."""
    hanging(shutdown="block")
    with served("run", "site_app", "-p0", how) as server:
        server.wait_for("HANGING")
        server.process.send_signal(signal.SIGINT)
        server.wait_for("HANGING", 2)
        assert server.end(signal.SIGINT) == code
        assert "UNDONE" in server.output


OBSTINATE = [{"at_import": "hangs.obstinate()"}, {"ready": "obstinate"}, {"shutdown": "obstinate"}]


@pytest.mark.parametrize("places", OBSTINATE)
def test_a_second_ctrl_c_waits_for_nobody_for_long(served, hanging, places):
    """Not for what catches all that interrupts it; and says so."""
    hanging(**places)
    with served("run", "site_app", "-p0", "--reload") as server:
        server.wait_for("HANGING")
        server.process.send_signal(signal.SIGINT)
        server.wait_for("HANGING", 2)
        assert server.end(signal.SIGINT) == 0
        assert f"Error: the application {CUT_OFF} 1 s; it is cut off" in server.output


@pytest.mark.parametrize(("how", "count"), [("--no-reload", 1), ("--workers=2", 2)])
@pytest.mark.parametrize("places", OBSTINATE)
def test_a_third_ctrl_c_waits_for_nothing(served, hanging, how, count, places):
    """It would be cut off later, which a line would say."""
    hanging(**places)
    with served("run", "site_app", "-p0", how) as server:
        for each in range(3):
            server.wait_for("HANGING", (each + 1) * count)
            server.process.send_signal(signal.SIGINT)
        assert server.wait() == 130
        assert CUT_OFF not in server.output


OWN = """
from hangs import obstinate
from openviper.cli._server_signals import Signals
Signals(60, undoing=0.5).take(unblock=False)
obstinate()
"""


def test_one_signal_ends_what_catches_all_that_interrupts_it(files):
    """After a time that is no hook's."""
    folder = files({"hangs.py": HANGS})
    command = [sys.executable, "-c", OWN]
    with subprocess.Popen(command, cwd=folder, env=environment(), stdout=-1, stderr=-1, text=True) as process:
        assert process.stdout.readline() == "HANGING\n"
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=40)
    assert process.returncode == 143
    assert error == f"Error: the application {CUT_OFF} 0.5 s; it is cut off\n"
