"""What a serving process is told, and what of it uvicorn is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from openviper.cli._server_logging import default_log_config

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ServerOptions", "configuration", "patience"]


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


def patience(options: ServerOptions) -> float:
    """Seconds for threads of the application's after the shutdown."""
    return 1.0 if options.reload else 10.0
