"""Servers: started, checked, and, on a core of their own, asked by wrk from another core."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from environment import HERE, PYTHON, clean_environ

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = [
    "CONNECTIONS",
    "CONTESTANTS",
    "OPTIONS",
    "Question",
    "Server",
    "ask_in_turns",
    "cores",
    "end",
    "end_servers_on_sigterm",
    "fetch",
    "serve",
    "wait_until_it_accepts",
    "what_is_missing",
]

CONNECTIONS = 16
CONTESTANTS = HERE / "contestants"
OPTIONS = ("--loop=uvloop", "--http=httptools", "--no-access-log", "--log-level=warning")


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


def what_is_missing() -> str | None:
    """Why no server can be measured here, or ``None``."""
    for tool, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if not shutil.which(tool):
            return f"{tool} is not on PATH: apt install {package} (Debian, Ubuntu), dnf install {package} (Fedora)"
    if len(cores()) < 2:
        return f"only core {cores()[0]} may be used; the server and wrk want one each"
    return None


def end_servers_on_sigterm() -> None:
    """Let SIGTERM end this program as an error does, through every ``finally``."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def ask_in_turns(
    applications: Mapping[str, str],
    questions: Mapping[str, Question],
    turns: Iterable[tuple[str, str]],
    seconds: int,
    environ: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, str, float]]:
    """Serve all ``applications``, check their answers, and ask them.

    Args:
        applications: ``module:factory`` in contestants/, by name.
        questions: By subject.
        turns: Name and subject, in the order in which they are asked.
        seconds: Of load for each turn.
        environ: More of the servers' environment.

    Yields:
        Name, subject, microseconds of server CPU per request.
    """
    with ExitStack() as stack:
        pinned = ("taskset", "-c", str(cores()[0]))
        servers = {
            name: stack.enter_context(serve(name, application, "--factory", *OPTIONS, by=pinned, environ=environ))
            for name, application in applications.items()
        }
        for server in servers.values():
            check(server, questions.values())
        for name, subject in turns:
            yield name, subject, microseconds(servers[name], questions[subject], seconds)


@contextmanager
def serve(
    name: str,
    application: str,
    *options: str,
    folder: Path = CONTESTANTS,
    by: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """uvicorn with ``application`` of ``folder``, run in an empty folder: no project, no ``.env``.

    Args:
        name: For messages.
        application: ``module:attribute``.
        options: uvicorn's.
        folder: Where the module is.
        by: What the command is started by; ``taskset -c 0``.
        environ: More of the environment.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as empty:
        log = Path(empty) / "log"
        command = [*by, str(PYTHON), "-P", "-m", "uvicorn", application, f"--app-dir={folder}", f"--port={port}"]
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [*command, *options],
                stdout=stream,
                stderr=stream,
                env={**clean_environ(), **(environ or {})},
                cwd=empty,
            )
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


def end(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def check(server: Server, questions: Iterable[Question]) -> None:
    """Hold the answers of ``server`` against the right ones; 300 of each, which warms it up."""
    wait_until_it_accepts(server)
    for question in questions:
        status, _, body = fetch(server.port, question.path, times=300)
        if status != question.status or (question.answer is not None and json.loads(body) != question.answer):
            sys.exit(f"{server.name} answers {question.path} with {status} {body!r} in place of {question}")


def wait_until_it_accepts(server: Server) -> None:
    deadline = time.monotonic() + 30
    while not accepts(server.port):
        if server.process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{server.name} did not start:\n{server.log.read_text()}")
        time.sleep(0.02)


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def fetch(port: int, path: str, times: int = 1) -> tuple[int, list[tuple[str, str]], bytes]:
    """Ask ``times`` times through one connection; return the last answer's status, header fields and body."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"{request}\r\n".encode() * (times - 1) + f"{request}Connection: close\r\n\r\n".encode())
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, body = received[received.rindex(b"HTTP/1.1 ") :].partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return int(first.split()[1]), fields, body


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
