"""Several workers under one parent."""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection

import pytest

APPLICATION = """
import asyncio

async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    asyncio.get_running_loop().call_later(0.2, print, "READY")
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
"""
WITH_PID = """
import asyncio, os
from pathlib import Path

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        # When the server has noticed it: a signal before that cuts a start-up off.
        asyncio.get_running_loop().call_later(0.2, print, "READY")
        await receive()
        print("SHUTDOWN HOOK", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
"""

#: A request that does not end. Its worker is busy for a moment first, so that the next one is another worker's.
ENDLESS = """
import asyncio, os, time

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        # When the server has noticed it: a signal before that cuts a start-up off.
        asyncio.get_running_loop().call_later(0.2, print, "READY")
        await receive()
        return
    print(f"HANGING in {os.getpid()}", flush=True)
    time.sleep(0.3)
    await asyncio.sleep(600)
"""

#: Python's own end takes a while, as it does where much is imported.
SLOW_TO_END = """
import os, time

class Slow:
    def __del__(self, write=os.write, sleep=time.sleep):
        write(1, b"ENDING\\n")
        sleep(2)

slow = Slow()
"""


@pytest.mark.parametrize(("number", "group"), [(signal.SIGTERM, False), (signal.SIGINT, False), (signal.SIGINT, True)])
def test_a_signal_ends_all_workers_with_their_shutdown_hooks_run(served, application, number, group):
    """To the parent alone, as a supervisor sends it, or to the group, as a terminal's Ctrl-C does."""
    with served("run", "-w", "2", "-p0", "site_app") as server:
        server.wait_for("READY", 2)
        assert server.get() == "one"
        assert server.end(number, group=group) == 0
        assert server.output.count("SHUTDOWN HOOK") == 2
        assert "Traceback" not in server.output


def test_a_sigterm_that_comes_twice_is_one_request(served, application):
    """``timeout`` signals the process and then its group; the hooks run all the same."""
    with served("run", "-w", "2", "-p0", "site_app") as server:
        server.wait_for("READY", 2)
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.end(signal.SIGTERM, group=True) == 0
        assert server.output.count("SHUTDOWN HOOK") == 2
        assert "Traceback" not in server.output


#: A process that it forks has all that is open in it: also what tells the parent of its end.
FORKING = """
import asyncio, os, sys, time

async def app(scope, receive, send):
    await receive()
    forked = os.fork()
    if forked == 0:
        sys.stdout.close()
        os.close(1)
        os.close(2)
        time.sleep(30)
        os._exit(0)
    print(f"WORKER {os.getpid()} FORKED {forked}", flush=True)
    await send({"type": "lifespan.startup.complete"})
    # When the server has noticed it: a signal before that cuts a start-up off.
    asyncio.get_running_loop().call_later(0.2, print, "READY", os.getpid())
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
"""


def test_a_worker_that_is_killed_is_replaced_though_its_children_live(served, files):
    """As the pool of processes of an application does, whose worker the system kills when memory runs out."""
    files({"site_app.py": FORKING})
    with served("run", "-w", "2", "-p0", "site_app") as server:
        server.wait_for("WORKER", 2)
        for pid in re.findall(r"WORKER (\d+)", server.output):
            os.kill(int(pid), signal.SIGKILL)
        server.wait_for("WORKER", 4)
        for replacement in re.findall(r"WORKER (\d+)", server.output)[2:]:
            server.wait_for(f"READY {replacement}\n")
        assert server.output.count("ended with -9; starting another") == 2
        # Nobody else would end them, and the output is open as long as they live.
        for pid in re.findall(r"FORKED (\d+)", server.output):
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        assert server.end() == 0


def test_a_parent_that_is_late_with_its_sigterm_cuts_no_end_off(served, files):
    """A terminal's Ctrl-C has ended the workers already; what they exit with stays 0."""
    files({"site_app.py": APPLICATION + SLOW_TO_END})
    with served("run", "-w", "2", "-p0", "site_app") as server:
        server.wait_for("READY", 2)
        os.kill(server.process.pid, signal.SIGSTOP)
        os.killpg(server.process.pid, signal.SIGINT)
        server.wait_for("ENDING", 2)
        assert server.end(signal.SIGCONT) == 0


def test_a_second_ctrl_c_waits_for_no_request_of_any_worker(served, files):
    """Not only for none of the first worker's."""
    files({"site_app.py": ENDLESS})
    with served("run", "-w", "3", "-p0", "site_app") as server, ExitStack() as requests:
        server.wait_for("READY", 3)
        for count in range(1, 40):
            connection = requests.enter_context(closing(HTTPConnection("127.0.0.1", server.port, timeout=20)))
            connection.request("GET", "/")
            server.wait_for("HANGING in", count)
            if len(set(re.findall(r"HANGING in (\d+)", server.output))) == 3:
                break
        os.kill(server.process.pid, signal.SIGINT)
        time.sleep(1.5)
        assert server.process.poll() is None
        began = time.monotonic()
        server.end(signal.SIGINT)
        assert time.monotonic() - began < 10
        assert len(set(re.findall(r"HANGING in (\d+)", server.output))) == 3


def test_reloading_is_off_and_a_line_says_so(served, application):
    """``--workers 2`` alone is enough; nothing is refused."""
    with served("run", "--workers", "2", "-p0", "site_app") as server:
        server.wait_for("2 workers; reloading is off with more than one")
        server.wait_for("READY", 2)
        assert server.end() == 0


def test_a_start_up_that_fails_exits_with_3_and_took_no_connection(served, failing):
    """The workers are not started again and again."""
    with served("run", "-w", "2", "-p0", "site_app") as server:
        assert server.wait() == 3
        assert server.output.count("STARTING") <= 2
        assert server.refuses_connections()


def test_an_application_that_cannot_be_imported_exits_with_3(served, files):
    """It would fail in the next worker too."""
    files({"site_app.py": "1 / 0"})
    with served("run", "-w", "2", "-p0", "site_app") as server:
        assert server.wait() == 3
        assert "ZeroDivisionError" in server.output


def test_a_worker_that_dies_is_replaced(served, files):
    """By one that serves; the others go on."""
    files({"site_app.py": WITH_PID})
    with served("run", "-w", "2", "-p0", "site_app") as server:
        server.wait_for("READY", 2)
        killed = int(server.get())
        os.kill(killed, signal.SIGKILL)
        server.wait_for(f"Worker {killed} ended with -9; starting another")
        server.wait_for("READY", 3)
        assert int(server.get()) != killed
        assert server.end() == 0


def test_workers_do_not_outlive_a_parent_that_was_killed(served, files):
    """Nobody else would end them, and they would keep the port."""
    files({"site_app.py": WITH_PID})
    with served("run", "-w", "2", "-p0", "site_app") as server:
        server.wait_for("READY", 2)
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
        server.wait_for("SHUTDOWN HOOK", 2)


def test_a_start_up_that_hangs_can_be_interrupted(served, files):
    """In each worker; Ctrl-C is 130."""
    source = (
        "import asyncio\nasync def app(s, r, send):\n    print('HANGING', flush=True)\n    await asyncio.sleep(600)\n"
    )
    files({"site_app.py": source})
    with served("run", "-w", "2", "-p0", "site_app") as server:
        server.wait_for("HANGING", 2)
        began = time.monotonic()
        assert server.end(signal.SIGINT, group=True) == 130
        assert time.monotonic() - began < 20
        assert "Traceback" not in server.output


#: Python itself takes a while to come up, in the children.
SLOW_TO_COME_UP = """
import sys

if "--multiprocessing-fork" in sys.orig_argv:
    import time
    print("COMING UP", flush=True)
    time.sleep(1.5)
"""


@pytest.mark.parametrize(("how", "count", "code"), [("--workers=2", 2, 130), ("--reload", 1, 0)])
def test_a_ctrl_c_while_the_children_come_up_leaves_no_traceback(served, application, files, how, count, code):
    """It waits until they can handle it, from the first child on."""
    files({"site/sitecustomize.py": SLOW_TO_COME_UP})
    with served("run", how, "-p0", "site_app", PYTHONPATH=str(application / "site")) as server:
        server.wait_for("COMING UP", count)
        assert server.end(signal.SIGINT, group=True) == code
        assert "KeyboardInterrupt" not in server.output


def test_where_not_all_workers_can_be_started_none_is_left(served, application):
    """A container's limits are met like that; the exit code says it."""
    limited = (
        "-c",
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30))\n"
        "from openviper.cli import main\n"
        "if __name__ == '__main__': raise SystemExit(main())",
    )
    with served("run", "site_app", "-p0", "-w", "20", command=limited) as server:
        assert server.wait() == 1
        assert "Too many open files" in server.output
        assert server.refuses_connections()
