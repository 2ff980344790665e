"""What ``openviper run`` and ``viperctl start-server`` do: the banner, and which way to serve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from openviper.cli._address import listen_on, shown_address
from openviper.cli._server import run_server
from openviper.cli._server_configuration import ServerOptions, configuration
from openviper.core.error_text import error_line
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

__all__ = ["serve"]


def serve(options: ServerOptions, title: str, details: Sequence[str] = ()) -> int:
    """Serve until told to stop, and return the exit code.

    Args:
        options: As given; with more than one worker nothing is reloaded, and port 0 becomes a free one.
        title: What the banner calls the application.
        details: More lines of the banner.

    Raises:
        CommandLineError: The address cannot be used.
        click.UsageError: Options that contradict each other, or a logging configuration that cannot be used.
    """
    ctx = click.get_current_context()
    if options.use_colors is None:
        options = replace(options, use_colors=ctx.color)
    _check(ctx, options)
    listener = listen_on(options.host, options.port)
    wanted = options
    options = replace(options, port=listener.getsockname()[1], reload=options.reload and options.workers == 1)
    _show_banner(title, details, options, reload_wanted=wanted.reload)
    return _run(options, listener)


def _run(options: ServerOptions, listener: socket.socket) -> int:
    if options.reload:
        # watchfiles, which only development needs.
        from openviper.cli._reload import run_reloading  # noqa: PLC0415

        return run_reloading(options, listener)
    if options.workers > 1:
        # multiprocessing, which a single process does not need.
        from openviper.cli._supervisor import run_workers  # noqa: PLC0415

        return run_workers(options, listener)
    return run_server(options, listener)


def _check(ctx: click.Context, options: ServerOptions) -> None:
    asked = ctx.get_parameter_source("reload") is ParameterSource.COMMANDLINE
    if options.workers > 1 and options.reload and asked:
        raise click.UsageError(
            f"--workers {options.workers} needs --no-reload: one process is started anew when a file changes",
            ctx,
        )
    if options.log_config:
        try:
            # Here, for each child process would repeat it.
            configuration(options)
        except (Exception, SystemExit) as error:  # whatever the classes raise that it names
            reason = harmless_line(error_line(error))
            raise click.BadParameter(
                f"{options.log_config} cannot be used: {reason}", ctx, param_hint="'--log-config'"
            ) from error


def _show_banner(title: str, details: Sequence[str], options: ServerOptions, *, reload_wanted: bool) -> None:
    url = click.style(f"http://{shown_address(options.host, options.port)}", bold=True)
    click.echo(f"Serving {harmless_line(title)} on {url} (Ctrl-C stops)", err=True)
    for line in details:
        click.echo(harmless_line(line), err=True)
    if options.reload:
        click.echo(f"Reloading on changes in {harmless_line(str(options.root))}", err=True)
    elif options.workers > 1:
        off = "; reloading is off with more than one" if reload_wanted else ""
        click.echo(f"{options.workers} workers{off}", err=True)
