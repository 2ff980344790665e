"""One uvicorn server in this process."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from openviper.cli._address import why_unusable
from openviper.cli._application import load_application
from openviper.cli._failure_lines import exit_sentence
from openviper.cli._foreign_code import ends_command
from openviper.cli._own_tracebacks import own_traceback
from openviper.cli._server_configuration import ServerOptions, configuration, patience
from openviper.cli._server_signals import Interrupted, Signals
from openviper.cli.errors import CommandLineError
from openviper.core.distributions import available_with

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from types import FrameType

__all__ = ["STARTUP_FAILURE", "run_server"]

#: The exit code of a server whose application could not be started; uvicorn's own.
STARTUP_FAILURE = 3

# What uvicorn says of a lifespan that ends before it was asked to.
_NO_LIFESPAN = "ASGI 'lifespan' protocol appears unsupported."


def run_server(options: ServerOptions, listener: socket.socket, *, unblock_signals: bool = False) -> int:
    """Serve until SIGINT or SIGTERM, with the application's start-up and shutdown, and return the exit code.

    0 after a clean stop; 3 where the application cannot be imported or its start-up failed, and the reason is on
    stderr; 128 + the signal's number where it came before the start-up was done, or twice, or where the shutdown
    failed. With that code the process ends where a thread of the application's is still at work after :func:`patience`.

    Args:
        options: What to serve.
        listener: A bound socket.
        unblock_signals: The signals were blocked while this process came up, which is a child.

    Raises:
        SystemExit: The application, running, ended its process.
    """
    server: _Server | None = None
    signals = Signals(patience(options), is_child=unblock_signals)
    try:
        signals.take(unblock=unblock_signals)
        config = _configured(options, signals)
        if config is None:
            return STARTUP_FAILURE
        server = _Server(config, signals)
        _run(server, listener)
    except Interrupted as interruption:
        if server is None or not server.started or server.force_exit:
            return 128 + interruption.signal
    finally:
        signals.finish()
    if server.interrupted:
        return 128 + server.interrupted
    if not server.started:
        return STARTUP_FAILURE
    return 128 + signals.first if server.lifespan.should_exit else 0


def _run(server: _Server, listener: socket.socket) -> None:
    logger = logging.getLogger("uvicorn.error")
    logger.addFilter(server.is_worth_a_line)
    try:
        server.run(sockets=[listener])
    except SystemExit:
        # Recent uvicorns exit by themselves where the start-up fails, others return. Before it is done nothing that
        # the application says by an exit code counts: sys.exit(0) is no success either.
        if server.started:
            raise
    except OSError as error:
        # Two processes can bind one address while neither listens; the second that does is told here.
        if server.started or error.errno != errno.EADDRINUSE:
            raise
        print(f"Error: {why_unusable(server.config.host, server.config.port, error)}", file=sys.stderr)
    finally:
        # It would keep the application alive to the end of the process.
        logger.removeFilter(server.is_worth_a_line)


class _Server(uvicorn.Server):
    #: The signal that came before the start-up was done.
    interrupted = 0

    def __init__(self, config: uvicorn.Config, signals: Signals) -> None:
        super().__init__(config)
        self._signals = signals
        self._tasks = self._until_tasks_are_done()

    def is_worth_a_line(self, record: logging.LogRecord) -> bool:
        # A request or a lifespan that is cut off by the end of the server is no fault of the application's.
        error = record.exc_info[1] if record.exc_info else None
        is_untrue = isinstance(error, asyncio.CancelledError) or record.msg == _NO_LIFESPAN
        return not (self.should_exit and is_untrue)

    async def _until_tasks_are_done(self) -> AsyncGenerator[None]:
        """End when asyncio has ended the tasks of an interrupted start-up, before it waits for threads."""
        try:
            yield
        finally:
            self._signals.undone()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        self._signals.hold()
        super().run(sockets)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await super().serve(sockets)
        self._signals.ending()
        # An iteration that is interrupted must not be this task's last: the end of a task stops the loop, and stops it
        # once more, while asyncio.run() has it undo the other tasks, where it was stopped by the interruption.
        self._signals.hold()
        await asyncio.sleep(0)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._signals.insist()
        await anext(self._tasks)
        # Called when asyncio has taken note of the lifespan's task, which is made next.
        asyncio.get_running_loop().call_soon(self._signals.release)
        try:
            await super().startup(sockets)
            # An application that has started knows the protocol: what it raises from now on is told, and a failure.
            self.config.lifespan = "on"
            # uvloop drops the error of listen(), and serves nobody.
            if self.started and not all(map(_listens, sockets or ())):
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        except OSError:
            self.started = False
            await self.lifespan.shutdown()
            raise

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not uvicorn's own, which raises the signal once more when it has shut down.
        is_further, self.should_exit = self.should_exit, True
        self.force_exit = self.force_exit or (is_further and sig == signal.SIGINT)
        # uvicorn alone waits for the start-up to end, however long a hook hangs.
        if not self.started:
            self.interrupted = self.interrupted or sig
            # What is cancelled now would be reported as a start-up that failed, with the traceback of the cancellation.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            self._signals(sig, frame)
        # Nor does it hurry for a second Ctrl-C where a shutdown hook hangs.
        elif self.force_exit:
            self._signals(sig, frame)
        elif not is_further:
            self._signals.note(sig)


def _listens(listener: socket.socket) -> bool:
    try:
        return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        # Closed.
        return False


def _configured(options: ServerOptions, signals: Signals) -> uvicorn.Config | None:
    """Return the configuration with the application; ``None``: it cannot be imported, and why is on stderr."""
    config = configuration(options)
    signals.insist()
    is_loaded = _load(options, config)
    signals.insist()
    return config if is_loaded else None


def _load(options: ServerOptions, config: uvicorn.Config) -> bool:
    """Give the application to ``config``; ``False``: it cannot be imported, and why is on stderr."""
    try:
        config.app = load_application(options.application, factory=options.factory)
        # uvicorn calls what could be a factory.
        config.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever the user's module raises
        print(_why_not(options.application, error), file=sys.stderr)
        return False
    return True


def _why_not(application: str, error: BaseException) -> str:
    if isinstance(error, CommandLineError):
        return f"Error: {error}"
    why = f": {exit_sentence('it', error)}" if ends_command(error) else ""
    if isinstance(error, ModuleNotFoundError) and (source := available_with(error.name or "")):
        why = f": {error.name} {source}"
    return f"{own_traceback(error)}Error: {application} cannot be imported{why}"
