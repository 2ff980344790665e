"""What ``openviper run`` and ``viperctl start-server`` share: options, the banner, and which way to serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import click

from openviper.cli._server import ServerOptions, listen_on, run_server

__all__ = ["serve", "server_options"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def server_options(*, short: bool) -> Callable[[_Function], _Function]:
    """Add ``--host``, ``--port``, ``--reload/--no-reload`` and ``--workers``.

    Args:
        short: With ``-h``, ``-p`` and ``-w`` too.
    """

    def names(letter: str, name: str) -> tuple[str, ...]:
        return (f"-{letter}", name) if short else (name,)

    decorators = (
        click.option(
            *names("h", "--host"),
            metavar="HOST",
            default="127.0.0.1",
            show_default=True,
            help="The address to listen on.",
        ),
        click.option(
            *names("p", "--port"),
            metavar="PORT",
            default=8000,
            show_default=True,
            type=click.IntRange(0, 65535),
            help="The port; 0 takes a free one.",
        ),
        click.option(
            "--reload/--no-reload",
            default=True,
            show_default=True,
            help="Start anew when a file of the project changes.",
        ),
        click.option(
            *names("w", "--workers"),
            metavar="N",
            default=1,
            show_default=True,
            type=click.IntRange(1),
            help="Processes; more than one turns reloading off.",
        ),
    )

    def decorate(function: _Function) -> _Function:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def serve(options: ServerOptions, title: str) -> int:
    """Serve until told to stop, and return the exit code.

    Args:
        options: As given; with more than one worker nothing is reloaded, and port 0 becomes a free one.
        title: What the banner calls the application.

    Raises:
        CommandLineError: The address cannot be used.
        SystemExit: 3, the application could not be started.
    """
    listener = listen_on(options.host, options.port)
    wanted = options
    options = replace(options, port=listener.getsockname()[1], reload=options.reload and options.workers == 1)
    _show_banner(title, options, reload_wanted=wanted.reload)
    if options.reload:
        # watchfiles, which only development needs.
        from openviper.cli._reload import run_reloading  # noqa: PLC0415

        return run_reloading(options, listener)
    if options.workers > 1:
        # multiprocessing, which a single process does not need.
        from openviper.cli._supervisor import run_workers  # noqa: PLC0415

        return run_workers(options, listener)
    return run_server(options, listener)


def _show_banner(title: str, options: ServerOptions, *, reload_wanted: bool) -> None:
    host = f"[{options.host}]" if ":" in options.host else options.host
    url = click.style(f"http://{host}:{options.port}", bold=True)
    click.echo(f"Serving {title} on {url} (Ctrl-C stops)", err=True)
    if options.reload:
        click.echo(f"Reloading on changes in {options.root}", err=True)
    elif options.workers > 1:
        off = "; reloading is off with more than one" if reload_wanted else ""
        click.echo(f"{options.workers} workers{off}", err=True)
