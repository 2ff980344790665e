"""A minute of many clients, by HTTP and by websocket, against the application with all of its middleware on.

500 of each, as fast as they can: pages, forms with tokens, foreign forms, preflights, failures, reached limits,
wrong hosts, messages, foreign handshakes.
Every answer is looked at; the server's memory is looked at each second.

This folder is the first on sys.path, and http.py hides the standard library's http: import nothing that needs it.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from environment import BENCH, HERE, PYTHON, clean_environ, conditions, prepare
from report import choose, command_line, conclude, table, verdict
from server import OPTIONS, Server, cores, end, end_servers_on_sigterm, serve, wait_until_it_accepts

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

__all__ = ["main"]

KINDS = ("http", "websocket")
PACKAGES = ("openviper-core", "openviper-http", "openviper-middleware", "uvicorn", "uvloop", "httptools", "websockets")
#: How much more memory the last third may take than the first, as a factor.
MOST_GROWTH = 1.02
#: Seconds before memory is looked at: until every client has come, and all websockets have their buffers.
WARM_UP = 20
#: uvicorn says so of every handshake that is denied by a response, which it sends all the same:
#: https://github.com/Kludex/uvicorn/pull/3138
SPURIOUS = "ASGI callable returned without completing handshake."
#: Sockets of both kinds, and what else is open.
FILES = 4_096


@dataclass(frozen=True, slots=True)
class Soaked:
    """What was seen."""

    #: By kind of client: how much was done, and errors with their number.
    crowds: dict[str, dict[str, Any]]
    #: Resident megabytes (10^6), one for each second.
    memory: list[float]
    #: Open files of the server before the first client, and after the last.
    files: tuple[int, int]
    #: What the server logged, line by line.
    log: list[str]

    def failures(self) -> list[str]:
        found = [(kind, *each) for kind, seen in self.crowds.items() for each in seen["errors"].items()]
        lines = [f"- {kind}: {number} x {what}" for kind, what, number in found]
        return [*lines, *(f"- the server logged: `{line}`" for line in self.log[:20])]

    def thirds(self) -> tuple[float, float]:
        """Medians of the first and the last third."""
        third = len(self.memory) // 3
        return statistics.median(self.memory[:third]), statistics.median(self.memory[-third:])


def soak(kinds: Sequence[str], clients: int, seconds: int) -> Soaked:
    # uvicorn's own handling of X-Forwarded-For would come before ours.
    options = ("--factory", "--no-proxy-headers", *OPTIONS)
    pinned = ("taskset", "-c", str(cores()[0]))
    with serve("soak_app", "soak_app:build", *options, by=pinned) as server, ExitStack() as stack:
        wait_until_it_accepts(server)
        before = open_files(server)
        crowds = {kind: start_crowd(kind, clients, server.port, WARM_UP + seconds) for kind in kinds}
        for process in crowds.values():
            stack.callback(end, process)
        memory = watched(server, WARM_UP + seconds)[WARM_UP:]
        # Whoever still waits for an answer does so for as long as a client is patient.
        told = {kind: process.communicate(timeout=90)[0] for kind, process in crowds.items()}
        # The server notices that the last ones left.
        time.sleep(2)
        seen = {kind: json.loads(text) for kind, text in told.items()}
        log = [line for line in server.log.read_text().splitlines() if SPURIOUS not in line]
        return Soaked(seen, memory, (before, open_files(server)), log)


def start_crowd(kind: str, clients: int, port: int, seconds: int) -> subprocess.Popen[str]:
    script = str(HERE / "inside" / "clients.py")
    pinned = ["taskset", "-c", ",".join(map(str, cores()[1:] or cores()))]
    command = [*pinned, str(PYTHON), script, kind, str(clients), str(port), str(seconds)]
    environ = {**clean_environ(), "PYTHONPATH": str(HERE / "contestants")}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ, cwd=BENCH)


def watched(server: Server, seconds: int) -> list[float]:
    """The server's memory, each second for as long as the clients stay."""
    memory = []
    for _ in range(seconds):
        time.sleep(1)
        if server.process.poll() is not None:
            sys.exit(f"the server ended with {server.process.returncode}:\n{server.log.read_text()}")
        memory.append(resident(server))
    return memory


def resident(server: Server) -> float:
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmRSS"))


def open_files(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def report(found: Soaked, clients: int, seconds: int) -> str:
    failures = found.failures()
    first, last = found.thirds()
    rows = [[kind, f"{seen['done']:,}", str(sum(seen["errors"].values()))] for kind, seen in found.crowds.items()]
    files = f"{found.files[0]} before, {found.files[1]} after"
    bars = [
        ["no error, no line in the server's log", str(len(failures)), verdict(held=not failures)],
        [f"memory <= {MOST_GROWTH} x", f"{last / first:.3f}", verdict(held=last <= first * MOST_GROWTH)],
        ["no open file left", files, verdict(held=found.files[1] <= found.files[0])],
    ]
    method = (
        f"{clients} clients of each kind for {seconds} s, after a warm-up of {WARM_UP} s. The server's memory, "
        f"resident (10^6 bytes): {first:.1f} MB in the first third, {last:.1f} MB in the last (medians), "
        f"{max(found.memory):.1f} MB at most."
    )
    parts = [method, table(["clients", "exchanges", "errors"], rows), "\n".join(failures), table(["bar", "", ""], bars)]
    return "\n\n".join(part for part in parts if part)


def arguments() -> argparse.Namespace:
    parser = command_line(__doc__, KINDS)
    parser.add_argument("--clients", type=int, default=500, help="of each kind (default 500)")
    parser.add_argument("--seconds", type=int, default=60, help="(default 60)")
    given = parser.parse_args()
    given.names = choose(parser, given.only, KINDS)
    if given.clients < 1 or given.seconds < 6:
        parser.error("--clients: at least 1; --seconds: at least 6")
    if given.write and (given.only or given.clients < 500 or given.seconds < 60):
        parser.error("--write wants both kinds, 500 clients of each and 60 s")
    return given


def allow_many_files() -> None:
    """For the server and the clients, which inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def main() -> None:
    given = arguments()
    end_servers_on_sigterm()
    allow_many_files()
    prepare(local=True)
    before = conditions(PACKAGES)
    found = soak(given.names, given.clients, given.seconds)
    text = f"{before}\n\n{report(found, given.clients, given.seconds)}"
    conclude("soak", text, write=given.write)


if __name__ == "__main__":
    main()
