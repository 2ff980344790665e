"""One uvicorn server in this process."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from openviper.cli._address import why_unusable
from openviper.cli._application import load_application
from openviper.cli._failure_lines import exit_sentence
from openviper.cli._foreign_code import ends_command
from openviper.cli._server_logging import default_log_config
from openviper.cli.errors import CommandLineError
from openviper.core.tracebacks import own_traceback

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

__all__ = ["STARTUP_FAILURE", "STOP_SIGNALS", "ServerOptions", "configuration", "run_server"]

#: The exit code of a server whose application could not be started; uvicorn's own.
STARTUP_FAILURE = 3

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What a serving process needs to know; it is sent to child processes."""

    #: ``"module:attribute"``.
    application: str
    host: str
    port: int
    workers: int
    #: Start anew when a file below ``root`` changes.
    reload: bool
    #: The project's folder, where a child process looks for ``.env`` too.
    root: Path
    #: The application is what a call of the attribute returns.
    factory: bool = False
    #: ``None``: where the stream is a terminal.
    use_colors: bool | None = None
    #: One of ``uvicorn.config.LOG_LEVELS``; ``None``: ``info``.
    log_level: str | None = None
    #: The path of a file in one of uvicorn's formats; ``None``: uvicorn's own logging.
    log_config: str | None = None
    access_log: bool = True


def configuration(options: ServerOptions) -> uvicorn.Config:
    """Configure logging, and return the rest of uvicorn's configuration, without an application yet.

    Raises:
        Exception: Whatever uvicorn and ``logging.config`` raise for a file that they cannot use.
    """
    return uvicorn.Config(
        # Set once it is imported: logging is configured here, so that what the application configures itself stays.
        "",
        host=options.host,
        port=options.port,
        # Not WEB_CONCURRENCY's: each process of ours is one server.
        workers=1,
        log_config=options.log_config or default_log_config(level=options.log_level, use_colors=options.use_colors),
        log_level=options.log_level,
        access_log=options.access_log,
        use_colors=options.use_colors,
        # uvicorn's own reader believes whoever connects from this machine; ProxyHeadersMiddleware reads them.
        proxy_headers=False,
        # An open stream must not keep a reload waiting, nor a deployment for ever.
        timeout_graceful_shutdown=2 if options.reload else 30,
    )


def run_server(options: ServerOptions, listener: socket.socket, *, unblock_signals: bool = False) -> int:
    """Serve until SIGINT or SIGTERM, with the application's start-up and shutdown, and return the exit code.

    0 after a clean stop; 3 where the application cannot be imported or its start-up failed, and the reason is on
    stderr; 128 + the signal's number where it came before the start-up was done, or twice.

    Args:
        options: What to serve.
        listener: A bound socket.
        unblock_signals: The signals were blocked while this process came up.

    Raises:
        SystemExit: The application, running, ended its process.
    """
    server: _Server | None = None
    signals = _Signals()
    try:
        for each in STOP_SIGNALS:
            signal.signal(each, signals)
        if unblock_signals:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        config = configuration(options)
        signals.insist()
        is_loaded = _load(options, config)
        signals.insist()
        if not is_loaded:
            return STARTUP_FAILURE
        server = _Server(config, signals)
        _run(server, listener)
    except _Interrupted as interruption:
        if server is None or not server.started or server.force_exit:
            return 128 + interruption.signal
    finally:
        signals.are_over = True
    if server.interrupted:
        return 128 + server.interrupted
    return 0 if server.started else STARTUP_FAILURE


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


class _Interrupted(KeyboardInterrupt):
    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = number


class _Signals:
    """What a signal does before uvicorn takes them over, and after: once it has shut down it raises them again.

    A terminal's Ctrl-C reaches a child twice, as SIGINT and as the parent's SIGTERM: the latter must not cut off what
    the first one began to undo. A second Ctrl-C may. Where all is done, nothing interrupts the end of the process.
    """

    def __init__(self) -> None:
        self._first = 0
        self.are_over = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if not self.are_over and (number == signal.SIGINT or not self._first):
            self._first = self._first or number
            raise _Interrupted(number)

    def insist(self) -> None:
        """Interrupt where a signal came and is forgotten: Python ignores what is raised while a finalizer runs.

        Each import runs some. https://docs.python.org/3/reference/datamodel.html#object.__del__
        """
        if self._first:
            raise _Interrupted(self._first)


class _Server(uvicorn.Server):
    #: The signal that came before the start-up was done.
    interrupted = 0

    def __init__(self, config: uvicorn.Config, signals: _Signals) -> None:
        super().__init__(config)
        self._signals = signals

    def is_worth_a_line(self, record: logging.LogRecord) -> bool:
        # A request that is cut off by the end of the server is no error of the application's.
        error = record.exc_info[1] if record.exc_info else None
        return not (self.should_exit and isinstance(error, asyncio.CancelledError))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._signals.insist()
        try:
            await super().startup(sockets)
            # uvloop drops the error of listen(), and serves nobody.
            if self.started and not all(map(_listens, sockets or ())):
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        except OSError:
            self.started = False
            await self.lifespan.shutdown()
            raise

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        # uvicorn alone waits for the start-up to end, however long a hook hangs.
        if not self.started:
            self.interrupted = self.interrupted or sig
            # What is cancelled now would be reported as a start-up that failed, with the traceback of the cancellation.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            self._signals(sig, frame)


def _listens(listener: socket.socket) -> bool:
    try:
        return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        # Closed.
        return False


def _load(options: ServerOptions, config: uvicorn.Config) -> bool:
    """Give the application to ``config``; ``False``: it cannot be imported, and why is on stderr."""
    try:
        application = load_application(options.application)
        config.app = application() if options.factory else application
        if not callable(config.app):
            kind = type(config.app).__name__
            raise CommandLineError(f"{options.application!r} is no ASGI application: it is {kind}, not callable")
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
    return f"{own_traceback(error)}Error: {application} cannot be imported{why}"
