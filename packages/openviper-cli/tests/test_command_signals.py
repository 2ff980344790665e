"""What Ctrl-C, SIGTERM and SIGHUP do to a command that runs under the lifespan; by real processes."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress

import pytest

APP = """
import asyncio
async def shutdown():
    print("SHUTDOWN", flush=True)
    await asyncio.sleep({seconds})
    print("DONE", flush=True)
"""
COMMAND = """
import asyncio, signal, time
LIFESPAN = True

came = []

def finish(number, frame):
    print("FINISH", flush=True)
    came.append(number)

{module}

async def handle():
    {handle}
    print("WORKED", flush=True)
"""
BLOCKED = 'print("BLOCKED", flush=True); time.sleep({seconds})'
#: The handler of a batch lets it go on to its end.
OWN = "signal.signal(signal.SIGTERM, finish)"
ON_THE_LOOP = "asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, finish, 15, None)"
BATCH = """print("BATCH", flush=True)
    while not came:
        await asyncio.sleep(0.05)"""


@pytest.fixture
def command(site, served):
    """``with command(handle=..., module=..., seconds=...) as running:``; its app takes ``seconds`` to shut down."""

    def run(handle="pass", module="pass", seconds=0):
        source = COMMAND.format(module=module, handle=handle)
        app = APP.format(seconds=seconds)
        site({"mysite/shop/__init__.py": app, "mysite/shop/management/commands/work.py": source})
        return served("viperctl", "work")

    return run


def end_by(running, number):
    """Send the signal once a second until it has ended; return the exit code."""
    for _ in range(20):
        running.process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            running.process.wait(1)
            break
    return running.wait()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)]
)
def test_a_further_signal_cuts_off_code_that_blocks(command, number, code):
    """The first one waits for it."""
    with command(BLOCKED.format(seconds=600)) as running:
        running.wait_for("BLOCKED")
        assert end_by(running, number) == code
        assert "WORKED" not in running.output
        assert "Traceback" not in running.output


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_that_came_while_it_blocked_shuts_the_apps_down(command, number, code):
    """It is the command that it cancels, and no hook."""
    with command(BLOCKED.format(seconds=1), seconds=0.5) as running:
        running.wait_for("BLOCKED")
        assert running.end(number) == code
        assert "DONE" in running.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_after_its_work_cuts_off_no_shutdown(command, number):
    """The work has succeeded, and says so."""
    with command(seconds=1) as running:
        running.wait_for("SHUTDOWN")
        assert running.end(number) == 0
        assert "DONE" in running.output


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)]
)
@pytest.mark.parametrize("handle", ["pass", 'print("AWAITING", flush=True); await asyncio.sleep(600)'])
def test_a_further_signal_cuts_off_a_shutdown(command, number, code, handle):
    """Whether the first one ended the work, or came after it."""
    with command(handle, seconds=600) as running:
        running.wait_for("AWAITING" if "sleep" in handle else "SHUTDOWN")
        assert end_by(running, number) == code
        assert "DONE" not in running.output
        assert "Traceback" not in running.output


@pytest.mark.parametrize(
    ("first", "second"),
    [(signal.SIGTERM, signal.SIGTERM), (signal.SIGHUP, signal.SIGHUP), (signal.SIGTERM, signal.SIGHUP)],
)
def test_two_signals_at_once_are_one_request(command, first, second):
    """``timeout`` signals the process and then its group, systemd may send SIGHUP too; the hooks run all the same."""
    both = f"os = __import__('os'); os.kill(os.getpid(), {first:d}); os.kill(os.getpid(), {second:d})"
    with command(f"{both}; await asyncio.sleep(600)") as running:
        assert running.wait() == 128 + first
        assert "DONE" in running.output


@pytest.mark.parametrize(("module", "handle"), [(OWN, "pass"), ("pass", OWN), ("pass", ON_THE_LOOP)])
def test_a_handler_of_its_own_is_called(command, module, handle):
    """It finishes what it is at, and the command succeeds."""
    with command(f"{handle}; {BATCH}", module) as running:
        running.wait_for("BATCH")
        assert running.end(signal.SIGTERM) == 0
        assert running.output.split()[-4:] == ["FINISH", "WORKED", "SHUTDOWN", "DONE"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_it_forks_ends_by_a_signal(command, number):
    """As a pool of processes does, which multiprocessing ends by SIGTERM, and then waits for."""
    forked = f"""import os; child = os.fork() or os.kill(os.getpid(), {number:d}) or time.sleep(60)
    print("ENDED BY", os.waitpid(child, 0)[1], flush=True)"""
    with command(forked) as running:
        assert running.wait() == 0
        assert f"ENDED BY {number:d}\n" in running.output
