"""One uvicorn server in this process."""

from __future__ import annotations

import copy
import logging
import logging.config
import signal
import socket
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
import uvicorn.config

from openviper.cli._application import load_application
from openviper.cli.errors import CommandLineError

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

__all__ = ["STARTUP_FAILURE", "STOP_SIGNALS", "ServerOptions", "listen_on", "run_server"]

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
    #: ``None``: where stderr is a terminal.
    use_colors: bool | None = None


def listen_on(host: str, port: int) -> socket.socket:
    """Return a bound socket that does not listen yet: connections are refused until a server has started.

    Args:
        host: A name or an address.
        port: 0 takes a free one.

    Raises:
        CommandLineError: The address cannot be resolved or is in use.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CommandLineError(f"--host {host} cannot be resolved: {error}") from error
    # localhost: the IPv4 address, which is what everybody types.
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise CommandLineError(f"{host}:{port} cannot be used: {error.strerror}; try another --port") from error
    return listener


def run_server(options: ServerOptions, listener: socket.socket, *, unblock_signals: bool = False) -> int:
    """Serve until SIGINT or SIGTERM, with the application's start-up and shutdown, and return the exit code.

    0 after a clean stop; 128 + the signal's number where it came before the start-up was done, or twice.

    Args:
        options: What to serve.
        listener: A bound socket.
        unblock_signals: The signals were blocked while this process came up.

    Raises:
        SystemExit: 3, the application cannot be imported or its start-up failed; the reason is on stderr. Or 3 is
            returned: it depends on uvicorn's release.
    """
    server: _Server | None = None
    signals = _Signals()
    try:
        for each in STOP_SIGNALS:
            signal.signal(each, signals)
        if unblock_signals:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        logging.config.dictConfig(_log_config(options))
        server = _Server(_configuration(options, _load(options.application)), signals)
        server.run(sockets=[listener])
    except _Interrupted as interruption:
        if server is None or server.force_exit:
            return 128 + interruption.signal
    except SystemExit:
        if server is None or not server.interrupted:
            raise
    finally:
        signals.are_over = True
    if server.interrupted:
        return 128 + server.interrupted
    # Recent uvicorns exit by themselves where the start-up fails, others return.
    return 0 if server.started else STARTUP_FAILURE


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
        self._came = False
        self.are_over = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if not self.are_over and (number == signal.SIGINT or not self._came):
            self._came = True
            raise _Interrupted(number)


class _Server(uvicorn.Server):
    #: The signal that came before the start-up was done.
    interrupted = 0

    def __init__(self, config: uvicorn.Config, signals: _Signals) -> None:
        super().__init__(config)
        self._signals = signals

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        # uvicorn alone waits for the start-up to end, however long a hook hangs.
        if not self.started:
            self.interrupted = self.interrupted or sig
            # What is cancelled now would be reported as a start-up that failed, with the traceback of the cancellation.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            self._signals(sig, frame)


def _load(application: str) -> Any:
    try:
        return load_application(application)
    except CommandLineError as error:
        print(f"Error: {error}", file=sys.stderr)
    except Exception as error:  # whatever the user's module raises
        _print_without_machinery(error)
        print(f"Error: {application} cannot be imported", file=sys.stderr)
    sys.exit(STARTUP_FAILURE)


def _print_without_machinery(error: BaseException) -> None:
    """Print a traceback that begins in the user's module."""
    report = traceback.TracebackException.from_exception(error)
    machinery = ("<frozen importlib", __file__, load_application.__code__.co_filename)
    own = [frame for frame in report.stack if not frame.filename.startswith(machinery)]
    report.stack = traceback.StackSummary.from_list(
        [frame for frame in own if not frame.filename.endswith("/importlib/__init__.py")]
    )
    print("".join(report.format()), end="", file=sys.stderr)


def _configuration(options: ServerOptions, application: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        host=options.host,
        port=options.port,
        # Not WEB_CONCURRENCY's: each process of ours is one server.
        workers=1,
        # Done already, before the application was imported: what it configures itself stays.
        log_config=None,
        # uvicorn's own reader believes whoever connects from this machine; ProxyHeadersMiddleware reads them.
        proxy_headers=False,
        # An open stream must not keep a reload waiting, nor a deployment for ever.
        timeout_graceful_shutdown=2 if options.reload else 30,
    )


def _log_config(options: ServerOptions) -> dict[str, Any]:
    """Return uvicorn's logging, which shows OpenViper's own lines too unless the application configures logging."""
    config: dict[str, Any] = copy.deepcopy(uvicorn.config.LOGGING_CONFIG)
    for formatter in config["formatters"].values():
        formatter["use_colors"] = options.use_colors
    config["filters"] = {"unless_root_handles": {"()": _UnlessRootHandles}}
    config["handlers"]["openviper"] = {**config["handlers"]["default"], "filters": ["unless_root_handles"]}
    config["loggers"]["openviper"] = {"handlers": ["openviper"], "level": "INFO"}
    return config


class _UnlessRootHandles(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not logging.root.handlers
