"""One server process: its exit codes, its signals, its address."""

from __future__ import annotations

import signal
import socket

import pytest

HANGING = """
import asyncio

async def app(scope, receive, send):
    await receive()
    print("HANGING", flush=True)
    try:
        {wait}
    finally:
        print("UNDONE", flush=True)
        await send({{"type": "lifespan.startup.failed", "message": "Traceback of the cancellation"}})
"""

#: A signal comes where it hurts: while a finalizer runs, or between uvicorn's making and its first step.
SIGNALLED = """
import os, signal, sys

def signal_itself():
    os.kill(os.getpid(), signal.{number})

class Finalized:
    def __del__(self):
        signal_itself()

class BeforeTheLoop:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("uvicorn.loops."):
            sys.meta_path.remove(BeforeTheLoop)
            {before_the_loop}

sys.meta_path.insert(0, BeforeTheLoop)
{at_import}

async def app(scope, receive, send):
    await receive()
    await send({{"type": "lifespan.startup.complete"}})
    await receive()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_with_its_shutdown_hooks_run(served, application, number):
    """Exit code 0: it was asked to stop, and did."""
    with served("run", "--no-reload", "-p0", "site_app") as server:
        assert server.get() == "one"
        assert server.end(number) == 0
        assert server.output.count("SHUTDOWN HOOK") == 1
        assert "Traceback" not in server.output


def test_a_start_up_that_fails_exits_with_3_and_took_no_connection(served, failing):
    """The reason is shown once."""
    with served("run", "--no-reload", "-p0", "site_app") as server:
        assert server.wait() == 3
        assert server.output.count("the disk is full") == 1
        assert server.refuses_connections()


@pytest.mark.parametrize("wait", ["await asyncio.sleep(600)", "import time; time.sleep(600)"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_start_up_that_hangs_can_be_interrupted(served, files, wait, number, code):
    """uvicorn alone would wait for its end; what it began is undone."""
    files({"site_app.py": HANGING.format(wait=wait)})
    with served("run", "--no-reload", "-p0", "site_app") as server:
        server.wait_for("HANGING")
        assert server.end(number) == code
        assert "UNDONE" in server.output
        assert "Traceback" not in server.output


LINGERING = """
import asyncio

async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    asyncio.get_running_loop().call_later(0.2, print, "READY")
    await receive()
    print("HANGING", flush=True)
    await asyncio.sleep(600)
"""


def test_a_shutdown_that_hangs_can_be_interrupted(served, files):
    """By a second Ctrl-C; and nothing untrue is said of the lifespan that it cuts off."""
    files({"site_app.py": LINGERING})
    with served("run", "--no-reload", "-p0", "site_app") as server:
        server.wait_for("READY")
        server.process.send_signal(signal.SIGINT)
        server.wait_for("HANGING")
        assert server.end(signal.SIGINT) == 130
        assert "unsupported" not in server.output
        assert "Traceback" not in server.output


FAILING_SHUTDOWN = """
import asyncio

async def app(scope, receive, send):
    await receive()
    await send({{"type": "lifespan.startup.complete"}})
    asyncio.get_running_loop().call_later(0.2, print, "READY")
    await receive()
    {failure}
"""


@pytest.mark.parametrize("how", ["--no-reload", "--workers=2"])
@pytest.mark.parametrize(
    ("failure", "told"),
    [
        ("raise ValueError('not flushed')", "ValueError: not flushed"),
        ("await send({{'type': 'lifespan.shutdown.failed', 'message': 'not flushed'}})", "not flushed"),
    ],
)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_shutdown_that_fails_is_no_success(served, files, failure, told, number, code, how):
    """Whoever started the server learns it by the exit code, and why by a line."""
    files({"site_app.py": FAILING_SHUTDOWN.format(failure=failure.format())})
    with served("run", how, "-p0", "site_app") as server:
        server.wait_for("READY", 2 if "workers" in how else 1)
        assert server.end(number) == code
        assert told in server.output
        assert "Application shutdown failed" in server.output


@pytest.mark.parametrize(
    ("at_import", "before_the_loop"),
    [("Finalized()", "pass"), ("pass", "Finalized()"), ("pass", "signal_itself()")],
)
@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_before_the_start_up_is_never_lost(served, files, at_import, before_the_loop, number, code):
    """Python drops what a finalizer raises, and each import runs some: the server would go on, and heed no SIGTERM."""
    source = SIGNALLED.format(number=number, at_import=at_import, before_the_loop=before_the_loop)
    files({"site_app.py": source})
    with served("run", "--no-reload", "-p0", "site_app") as server:
        assert server.wait() == code
        assert "Application startup complete" not in server.output


#: A signal comes while asyncio takes note of a task that has not begun: the server's, or the application's.
NEW_TASK = """
import asyncio, os, signal, weakref
add = weakref.WeakSet.add
tasks = []

def signalled(self, item):
    if isinstance(item, asyncio.Task):
        tasks.append(item)
        if len(tasks) == {number}:
            weakref.WeakSet.add = add
            os.kill(os.getpid(), signal.SIGINT)
    add(self, item)

weakref.WeakSet.add = signalled

async def app(scope, receive, send):
    print("BEGUN", flush=True)
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.01)
        print("UNDONE", flush=True)
"""
#: A second Ctrl-C comes in the iteration of the event loop in which the server's task would end: with its last step, or
#: because of it. What is at work then is undone by several steps more.
LAST_ITERATION = """
import asyncio, signal, time

def interrupt():
    signal.raise_signal(signal.SIGINT)

async def work():
    try:
        await asyncio.sleep(600)
    finally:
        for _ in range(5):
            await asyncio.sleep(0.01)
        print("WORK UNDONE", flush=True)

async def app(scope, receive, send):
    loop = asyncio.get_running_loop()
    if scope["type"] == "lifespan":
        task = loop.create_task(work())
        await receive()
        await send({{"type": "lifespan.startup.complete"}})
        await receive()
        {shutdown}
        await send({{"type": "lifespan.shutdown.complete"}})
        return
    interrupt()
    {request}
"""
#: What both timers and the server's own wait for is due when the first one is over.
AT_WORK = "loop.call_later(0.25, time.sleep, 0.4); loop.call_later(0.3, interrupt); await work()"


@pytest.mark.parametrize("number", [1, 2])
def test_a_signal_while_a_task_is_made_leaves_none_behind(served, files, number):
    """asyncio would run it while it closes the loop, undo nothing, and tell later of an exception or of the task."""
    files({"site_app.py": NEW_TASK.format(number=number)})
    with served("run", "--no-reload", "-p0", "site_app") as server:
        assert server.wait() == 130
        assert server.output.count("BEGUN") == server.output.count("UNDONE")
        assert "Traceback" not in server.output
        assert "destroyed" not in server.output


@pytest.mark.parametrize(
    ("shutdown", "request_", "code"),
    [
        ("loop.call_soon(interrupt)", "pass", 130),
        # It has ended: nothing is cut off.
        ("loop.call_soon(loop.call_soon, interrupt)", "pass", 0),
        ("pass", AT_WORK, 130),
    ],
    ids=["in its last step", "after it", "while it waits"],
)
def test_a_second_ctrl_c_as_the_server_ends_undoes_all_the_same(served, files, shutdown, request_, code):
    """The loop would stop once more while it undoes the tasks: "Event loop stopped before Future completed"."""
    files({"site_app.py": LAST_ITERATION.format(shutdown=shutdown, request=request_)})
    with served("run", "--no-reload", "-p0", "site_app") as server:
        server.wait_for_listener()
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert server.wait() == code
        assert server.output.count("WORK UNDONE") == (2 if request_ == AT_WORK else 1)
        assert "Traceback" not in server.output
        assert "destroyed" not in server.output


def test_a_later_signal_does_not_cut_off_what_the_first_began_to_undo(served, files):
    """A terminal's Ctrl-C reaches a worker as SIGINT, and a moment later as its parent's SIGTERM."""
    slow = "print('UNDOING', flush=True)\n        await asyncio.sleep(1)\n        print(\"UNDONE\""
    files({"site_app.py": HANGING.format(wait="await asyncio.sleep(600)").replace('print("UNDONE"', slow)})
    with served("run", "--no-reload", "-p0", "site_app") as server:
        server.wait_for("HANGING")
        server.process.send_signal(signal.SIGINT)
        server.wait_for("UNDOING")
        assert server.end(signal.SIGTERM) == 130
        assert "UNDONE" in server.output
        assert "Traceback" not in server.output


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("import no_such_module", ["site_app.py", "No module named 'no_such_module'"]),
        ("def app(:", ["site_app.py", "SyntaxError"]),
        ("1 / 0", ["site_app.py", "ZeroDivisionError"]),
        ("def apq(scope): pass", ["site_app has no 'app'; did you mean 'apq'?"]),
    ],
)
def test_an_application_that_cannot_be_imported_exits_with_3(served, files, source, parts):
    """Its traceback begins in the user's file: the machinery above it is no news."""
    files({"site_app.py": source})
    with served("run", "--no-reload", "-p0", "site_app") as server:
        assert server.wait() == 3
        for part in parts:
            assert server.output.count(part) >= 1
        assert "importlib" not in server.output
        assert "click" not in server.output


def test_openvipers_own_lines_are_shown(served, files):
    """The line that says which apps are ready goes where uvicorn's go."""
    source = "import logging\nlogging.getLogger('openviper.apps').info('5 apps ready')"
    files({"site_app.py": f"{source}\nasync def app(s, r, send): ..."})
    with served("run", "--no-reload", "-p0", "site_app") as server:
        server.wait_for("INFO:     5 apps ready\n")


def test_an_application_that_configures_logging_has_each_line_once(served, files):
    """Then its handlers show OpenViper's lines, in its own form."""
    source = (
        "logging.basicConfig(format='mine %(message)s', level=20)\nlogging.getLogger('openviper.apps').info('ready')"
    )
    files({"site_app.py": f"import logging\n{source}\nasync def app(s, r, send): ..."})
    with served("run", "--no-reload", "-p0", "site_app") as server:
        server.wait_for("mine ready\n")
        server.end()
        assert "INFO:     ready" not in server.output
