"""Start-up warns when several workers count apart, and only then."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from openviper.middleware import _workers
from openviper.middleware._workers import has_siblings

needs_proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="there is no /proc here")

APP = """
import logging
from openviper.middleware.ratelimit import RateLimitMiddleware

logging.basicConfig()

async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        print("started", flush=True)
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

app = RateLimitMiddleware(application, limits=["5/minute"], storage=STORAGE)
"""

#: Forks two workers, which run the lifespan of ``app`` and stay until the other has done so too.
FORKING = """
import asyncio, os, sys, time
from serving import app

async def lifespan():
    events = asyncio.Queue()
    await events.put({"type": "lifespan.startup"})
    async def send(message):
        await events.put({"type": "lifespan.shutdown"})
    await app({"type": "lifespan"}, events.get, send)

children = []
for _ in range(int(sys.argv[1])):
    child = os.fork()
    if child == 0:
        asyncio.run(lifespan())
        time.sleep(1)
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "serving.py").write_text(APP.replace("STORAGE", "'memory'"))
    (tmp_path / "forking.py").write_text(FORKING)
    return tmp_path


def served(folder, *arguments, starts):
    """Run uvicorn until that many processes have started; return what it says."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder / "log"
    command = [sys.executable, "-m", "uvicorn", "serving:app", "--port", str(port), *arguments]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    environment.pop("WEB_CONCURRENCY", None)
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, env=environment)
    deadline = time.monotonic() + 30
    try:
        while log.read_text().count("started\n") < starts:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
    return log.read_text()


SENTENCE = "rate limits are counted in the memory of each worker"


@needs_proc
@pytest.mark.parametrize(
    ("arguments", "starts", "warns"), [(["--workers", "2"], 2, True), (["--reload"], 1, False), ([], 1, False)], ids=str
)
def test_a_server_with_several_workers_is_told(arguments, starts, warns, folder):
    """uvicorn: two workers count apart; one does not, and neither does one that reloads."""
    assert (SENTENCE in served(folder, *arguments, starts=starts)) == warns


@needs_proc
@pytest.mark.parametrize(("workers", "warns"), [("2", True), ("1", False)])
def test_a_server_that_forks_is_told(workers, warns, folder):
    """As gunicorn does."""
    done = subprocess.run(
        [sys.executable, "forking.py", workers], cwd=folder, capture_output=True, text=True, timeout=30, check=True
    )
    assert (SENTENCE in done.stderr) == warns


@needs_proc
def test_a_shared_storage_needs_no_warning(folder):
    """Redis counts for all workers."""
    pytest.importorskip("redis", reason="the package redis is not installed: extra redis")
    (folder / "serving.py").write_text(APP.replace("STORAGE", "'redis://127.0.0.1:1/0'"))
    assert SENTENCE not in served(folder, "--workers", "2", starts=2)


@pytest.mark.parametrize(
    ("concurrency", "found"), [("4", True), ("2", True), ("1", False), ("", False), ("many", False), ("-2", False)]
)
def test_without_proc_the_environment_is_believed(concurrency, found, monkeypatch):
    """``WEB_CONCURRENCY`` is what hosts set for their servers."""

    def missing(process, parent):
        raise FileNotFoundError(process)

    monkeypatch.setattr(_workers, "_kind", missing)
    monkeypatch.setenv("WEB_CONCURRENCY", concurrency)
    assert has_siblings() == found
