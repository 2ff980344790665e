"""Running what a project brings (settings, apps, checks): it may print, and it may try to end the command."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

from openviper.cli._failure_lines import exit_sentence, place_of
from openviper.cli.errors import CommandLineError

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["ends_command", "foreign_code", "is_interrupt", "quietly", "stdout_kept"]


@contextmanager
def foreign_code(what: str) -> Generator[None]:
    """Send to stderr what is printed inside, for stdout is the command's own, and let nothing inside end the process.

    Args:
        what: Whose code it is, for the error: ``"a check"``.

    Raises:
        CommandLineError: It called ``sys.exit()``, raised what click obeys (``Exit``, ``Abort``, ``ClickException``),
            or what is neither an ``Exception`` nor an interrupt.
    """
    try:
        with stdout_kept():
            yield
    except BaseException as error:
        if is_interrupt(error):
            raise
        if ends_command(error):
            raise CommandLineError(exit_sentence(what, error)) from error
        if isinstance(error, Exception):
            raise
        problem = f"{what} raised {type(error).__name__}{place_of(error)}; expected an Exception"
        raise CommandLineError(problem) from error


@contextmanager
def stdout_kept() -> Generator[None]:
    """Keep stdout for the command: what others print in the block goes to stderr."""
    with redirect_stdout(_nowhere() if sys.stderr is None else sys.stderr):
        yield


@contextmanager
def quietly() -> Generator[None]:
    """Show nothing that is printed or logged in the block."""
    nowhere = _nowhere()
    with redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield


def is_interrupt(error: BaseException) -> bool:
    """Tell whether ``error`` is Ctrl-C, also as click's prompts raise it."""
    if isinstance(error, _click().Abort):
        error = error.__context__ or error
    return isinstance(error, KeyboardInterrupt)


def ends_command(error: BaseException) -> bool:
    """Tell whether ``error`` is obeyed where nobody catches it: ``sys.exit()``, or what ends a command of click's."""
    click = _click()
    return isinstance(error, SystemExit | click.exceptions.Exit | click.Abort | click.ClickException)


def _click() -> Any:
    # Only a failure needs it.
    import click  # noqa: PLC0415

    return click


def _nowhere() -> io.TextIOWrapper:
    # None, which print() takes too, has neither write() nor reconfigure(); a logger may keep what is used here.
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
