"""One contestant's server: started on a core of its own, checked, and asked by wrk from another core."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from environment import HERE, PYTHON, clean_environ

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["CONNECTIONS", "Question", "Server", "check", "cores", "microseconds", "serve"]

CONNECTIONS = 16
OPTIONS = ("--factory", "--loop=uvloop", "--http=httptools", "--no-access-log", "--log-level=warning")


@dataclass(frozen=True, slots=True)
class Question:
    """A path, and what every contestant must answer; ``answer`` None: any body."""

    path: str
    status: int = 200
    answer: object = None


@dataclass(frozen=True, slots=True)
class Server:
    """A running uvicorn process."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def cpu_seconds(self) -> float:
        # Linux's clock of another process, all its threads, in nanoseconds; see clock_getcpuclockid(3) for the number.
        # /proc/PID/stat counts in steps of 10 ms.
        return time.clock_gettime((~self.process.pid << 3) | 2)


@contextmanager
def serve(name: str, application: str) -> Iterator[Server]:
    """uvicorn with ``application`` (``module:factory``), in an empty folder: no project, no ``.env``."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        command = ["taskset", "-c", str(cores()[0]), str(PYTHON), "-P", "-m", "uvicorn", application]
        command += [f"--app-dir={HERE / 'contestants'}", f"--port={port}", *OPTIONS]
        with log.open("wb") as stream:
            process = subprocess.Popen(command, stdout=stream, stderr=stream, env=clean_environ(), cwd=folder)
        try:
            yield Server(name, process, port, log)
        finally:
            end(process)


def cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def check(server: Server, questions: Iterable[Question]) -> None:
    """Wait until ``server`` accepts, then hold its answers against the right ones; 300 of each, which warms it up."""
    deadline = time.monotonic() + 30
    while not accepts(server.port):
        if server.process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{server.name} did not start:\n{server.log.read_text()}")
        time.sleep(0.02)
    for question in questions:
        status, body = fetch(server.port, question.path, times=300)
        if status != question.status or (question.answer is not None and json.loads(body) != question.answer):
            sys.exit(f"{server.name} answers {question.path} with {status} {body!r} in place of {question}")


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def fetch(port: int, path: str, times: int) -> tuple[int, bytes]:
    """Ask ``times`` times through one connection; return the last answer's status and body."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"{request}\r\n".encode() * (times - 1) + f"{request}Connection: close\r\n\r\n".encode())
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, body = received[received.rindex(b"HTTP/1.1 ") :].partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def microseconds(server: Server, question: Question, seconds: int) -> float:
    """Server CPU per request while wrk asks for ``seconds``."""
    url = f"http://127.0.0.1:{server.port}{question.path}"
    command = ["taskset", "-c", str(cores()[1]), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", url]
    before = server.cpu_seconds()
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30)
    used = server.cpu_seconds() - before
    requests = int(re.findall(r"(\d+) requests in", done.stdout)[0])
    # wrk prints this line only where there are such answers.
    refused = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", done.stdout)))
    if "Socket errors" in done.stdout or refused != (requests if question.status == 404 else 0):
        sys.exit(f"{server.name} failed under load at {question.path}:\n{done.stdout}{server.log.read_text()}")
    return used / requests * 1e6
