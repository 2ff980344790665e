"""A server ends, whatever its threads wait for."""

from __future__ import annotations

import signal
import subprocess
import threading
from contextlib import suppress
from http.client import HTTPConnection

import pytest

#: Each of its threads waits for what never answers.
STUCK = """
import asyncio, os, threading, time

def wait():
    print("WAITING", flush=True)
    threading.Event().wait()

async def in_a_thread():
    try:
        await asyncio.to_thread(wait)
    finally:
        print("CUT OFF", flush=True)

def tell_the_end(loop):
    while not loop.is_closed():
        time.sleep(0.02)
    os.write(1, b"LOOP CLOSED\\n")

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        threading.Thread(target=tell_the_end, args=[asyncio.get_running_loop()], daemon=True).start()
        await receive()
        {start_up}
        await send({{"type": "lifespan.startup.complete"}})
        # When the server has noticed it: a signal before that cuts a start-up off.
        asyncio.get_running_loop().call_later(0.2, print, "READY")
        await receive()
        {shutdown}
        await send({{"type": "lifespan.shutdown.complete"}})
        return
    {request}
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": b"one"}})
"""
IN_A_THREAD = "await in_a_thread()"
OF_ITS_OWN = "threading.Thread(target=wait).start()"


@pytest.fixture
def stuck(files):
    """A folder with ``site_app.py``, which does these things where they are named."""

    def write(**places):
        source = STUCK.format(**dict.fromkeys(("start_up", "shutdown", "request"), "pass") | places)
        return files({"site_app.py": source})

    return write


def ask(server):
    """Send a request that is never answered, and wait until it is at work."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)

    def request():
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            pass

    server.wait_for_listener()
    threading.Thread(target=request, daemon=True).start()
    server.wait_for("WAITING")


@pytest.mark.parametrize(
    ("how", "workers"), [("--no-reload", 1), ("--workers=1", 1), ("--workers=2", 2), ("--reload", 1)]
)
@pytest.mark.parametrize(
    ("places", "seen"),
    [
        ({"request": IN_A_THREAD}, ["Shutting down", "CUT OFF"]),
        ({"start_up": IN_A_THREAD}, ["CUT OFF"]),
        ({"shutdown": IN_A_THREAD}, ["WAITING", "CUT OFF"]),
        ({"start_up": OF_ITS_OWN}, ["LOOP CLOSED"]),
    ],
)
def test_the_third_ctrl_c_waits_for_no_thread(served, stuck, how, workers, places, seen):
    """Wherever it was started: a line would say that it was cut off later; no process is left."""
    stuck(**places)
    with served("run", "site_app", "-p0", how) as server:
        if "request" in places:
            ask(server)
        else:
            server.wait_for("READY" if "shutdown" in places else "WAITING", workers)
        for each in seen:
            server.process.send_signal(signal.SIGINT)
            server.wait_for(each, 1 if "request" in places else workers)
        # The second one may come when all is done, and be the last.
        while server.process.poll() is None:
            server.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                server.process.wait(0.5)
        assert server.wait() in (0, 130)
        assert "is still at work" not in server.output
        assert "Traceback" not in server.output
        assert server.refuses_connections()


@pytest.mark.parametrize("places", [{"request": IN_A_THREAD}, {"start_up": OF_ITS_OWN}])
def test_a_change_starts_a_new_server_all_the_same(served, stuck, places):
    """The old one is cut off a second after its end; a signal that comes once ends the new one too."""
    folder = stuck(**places)
    with served("run", "site_app", "-p0", "--reload") as server:
        ask(server) if "request" in places else server.wait_for("startup complete")
        (folder / "site_app.py").write_text(STUCK.format(start_up="pass", shutdown="pass", request="pass"))
        server.wait_for("startup complete", 2)
        assert server.get() == "one"
        assert "a thread of the application is still at work after 1 s; it is cut off" in server.output
        assert server.end() == 0
