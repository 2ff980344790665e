"""The options that ``openviper run`` and ``viperctl start-server`` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from uvicorn.config import LOG_LEVELS

from openviper.core._regular_files import is_regular_file
from openviper.core.errors import ImproperlyConfigured

__all__ = ["server_options"]

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Decorator = Callable[[_Function], _Function]


def server_options(*, short: bool) -> Callable[[_Function], _Function]:
    """Add ``--host``, ``--port``, ``--reload/--no-reload``, ``--workers``, ``--factory``, and uvicorn's for logging.

    Args:
        short: With ``-h``, ``-p`` and ``-w`` too.
    """

    def names(letter: str, name: str) -> tuple[str, ...]:
        return (f"-{letter}", name) if short else (name,)

    def decorate(function: _Function) -> _Function:
        for decorator in reversed([*_serving(names), *_logging()]):
            function = decorator(function)
        return function

    return decorate


def _serving(names: Callable[[str, str], tuple[str, ...]]) -> tuple[_Decorator[Any], ...]:
    return (
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
        click.option(
            "--factory",
            is_flag=True,
            default=False,
            help="The application is what a call of the named function returns.",
        ),
    )


def _regular_file(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    # A pipe would be waited for, by each process.
    try:
        if value is not None:
            is_regular_file(value)
    except ImproperlyConfigured as error:
        raise click.BadParameter(f"{str(error).partition(';')[0]}; expected a file", ctx, param) from error
    return value


def _logging() -> tuple[_Decorator[Any], ...]:
    levels = list(LOG_LEVELS)
    return (
        click.option(
            "--log-level",
            type=click.Choice(levels, case_sensitive=False),
            metavar="LEVEL",
            default=None,
            help=f"{', '.join(levels[:-1])} or {levels[-1]}; by default info.",
        ),
        click.option(
            "--log-config",
            type=click.Path(exists=True, dir_okay=False, resolve_path=True),
            metavar="FILE",
            default=None,
            callback=_regular_file,
            help="The logging configuration: .json, .yaml, or as logging.config.fileConfig reads it.",
        ),
        click.option("--access-log/--no-access-log", default=True, show_default=True, help="A line for each request."),
        click.option(
            "--use-colors/--no-use-colors",
            default=None,
            help="Colours in the log; by default where it goes to a terminal.",
        ),
    )
