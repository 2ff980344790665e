"""Server processes under a parent: N workers, or one that is started anew when a file changes.

uvicorn has both; its own supervisor of workers exits 0 when no worker could start, and neither is open to subclasses
from one release to the next. What is used of uvicorn here is its server alone.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from multiprocessing.connection import wait
from multiprocessing.resource_tracker import ensure_running
from typing import TYPE_CHECKING

import click

from openviper.cli._process_end import end_within
from openviper.cli._server import STARTUP_FAILURE, run_server
from openviper.cli._server_configuration import ServerOptions, patience
from openviper.cli._server_signals import STOP_SIGNALS, TOO_MANY
from openviper.core.projects import chosen_settings, search_from
from openviper.core.stop_signals import Debounce

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.process import BaseProcess
    from types import FrameType, TracebackType

    from openviper.core.projects import FoundSettings

__all__ = ["ServerProcess", "StopRequest", "end_all", "run_workers"]

# Seconds between two looks at processes whose end may not be told.
_GLANCE = 1.0

_spawn = multiprocessing.get_context("spawn")


class StopRequest:
    """Notices SIGINT and SIGTERM in the parent.

    A context manager: the handlers are those of before when it is left.
    """

    def __init__(self) -> None:
        self.event = threading.Event()
        #: The signals that came.
        self.signals: list[int] = []
        #: Readable once a signal has come, for :func:`multiprocessing.connection.wait`.
        self.reader, self._writer = socket.socketpair()
        self._debounce = Debounce()

    def __enter__(self) -> StopRequest:
        self._before = {each: signal.signal(each, self._notice) for each in STOP_SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)
        self.reader.close()
        self._writer.close()

    def _notice(self, number: int, frame: FrameType | None) -> None:
        if self._debounce.is_repeated(number):
            return
        self.signals.append(number)
        self.event.set()
        self._writer.send(b"!")


class ServerProcess:
    """A child that serves; started at once."""

    def __init__(self, options: ServerOptions, listener: socket.socket) -> None:
        self.since = time.monotonic()
        # Started by itself it would let the signals through that are held back here.
        ensure_running()
        # Held back until the child can handle them: a Ctrl-C while it comes up would print its traceback.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            given = (options, listener, _stdin(), chosen_settings())
            self.process: BaseProcess = _spawn.Process(target=_serve, args=given)
            self.process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def exit_code(self) -> int | None:
        """``None`` while it runs."""
        return self.process.exitcode

    def end_soon(self, number: int = signal.SIGTERM) -> None:
        """Ask for its end: with SIGTERM its shutdown hooks run, a SIGINT after that makes it quick."""
        if self.exit_code is None and self.process.pid is not None:
            os.kill(self.process.pid, number)


def end_all(servers: Sequence[ServerProcess], request: StopRequest, *, longest: float = math.inf) -> None:
    """End ``servers`` with their shutdown hooks run, and wait for that.

    A further signal to the parent hurries all, and one more waits for nothing.

    Args:
        longest: Seconds; a server that takes more is killed: its event loop may be blocked, and hear of nothing.
    """
    deadline = time.monotonic() + longest
    # The first one is the request itself.
    heeded = min(len(request.signals), 1)
    for server in servers:
        server.end_soon()
    while running := [each for each in servers if each.exit_code is None]:
        wait([each.process.sentinel for each in running], timeout=0.1)
        if time.monotonic() > deadline:
            for server in running:
                server.end_soon(signal.SIGKILL)
        elif len(request.signals) > heeded:
            heeded = len(request.signals)
            for server in running:
                server.end_soon(signal.SIGINT if heeded < TOO_MANY else signal.SIGKILL)


def run_workers(options: ServerOptions, listener: socket.socket) -> int:
    """Keep ``options.workers`` processes serving until SIGINT or SIGTERM; return the exit code.

    A worker that dies is replaced, as soon as the system lets another begin. One whose application fails to start ends
    them all, with exit code 3: the others would fail in the same way.

    Raises:
        OSError: Not all can be started; none is left.
    """
    with StopRequest() as request:
        workers = _first_workers(options, listener, request)
        code = 0
        while not request.event.is_set() and code == 0:
            # A process that a worker has forked holds its sentinel open.
            wait([request.reader, *[each.process.sentinel for each in workers]], timeout=_GLANCE)
            for index, worker in enumerate(workers):
                if worker.exit_code == STARTUP_FAILURE:
                    code = STARTUP_FAILURE
                elif worker.exit_code is not None and not request.event.is_set():
                    workers[index] = _replacement(worker, options, listener, request)
        end_all(workers, request)
        # A worker that could not stop cleanly says so by a signal's exit code: 143, where Ctrl-C makes it 130.
        return code or (128 + request.signals[0] if any(each.exit_code for each in workers) else 0)


def _first_workers(options: ServerOptions, listener: socket.socket, request: StopRequest) -> list[ServerProcess]:
    workers: list[ServerProcess] = []
    try:
        for _ in range(options.workers):
            workers.append(ServerProcess(options, listener))  # noqa: PERF401 - those that began are to be ended
    except OSError:
        end_all(workers, request)
        raise
    return workers


def _replacement(
    worker: ServerProcess, options: ServerOptions, listener: socket.socket, request: StopRequest
) -> ServerProcess:
    """Return another worker; the dead one again where the system lets none begin."""
    click.echo(f"Worker {worker.process.pid} ended with {worker.exit_code}; starting another", err=True)
    if time.monotonic() - worker.since < 1:
        # It dies as soon as it is up: once a second is often enough.
        request.event.wait(1)
    try:
        return ServerProcess(options, listener)
    except OSError as error:
        click.echo(f"No worker can be started: {error.strerror}; trying again", err=True)
        request.event.wait(1)
        return worker


def _stdin() -> int | None:
    """Return what the child needs for ``breakpoint()``: multiprocessing closes its stdin."""
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return None


def _serve(options: ServerOptions, listener: socket.socket, stdin: int | None, chosen: FoundSettings | None) -> None:
    if stdin is not None:
        sys.stdin = open(stdin, closefd=False)  # noqa: SIM115 - it stays open as long as the process
    search_from(str(options.root), chosen)
    threading.Thread(target=_follow_parent, daemon=True).start()
    code = 1
    try:
        code = run_server(options, listener, unblock_signals=True)
        sys.exit(code)
    finally:
        end_within(patience(options), code)
        # Python takes handlers away some time before the process is gone, and the parent's SIGTERM may come late.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _follow_parent() -> None:
    """Stop when the parent is gone, killed perhaps: nobody else would end this process."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
