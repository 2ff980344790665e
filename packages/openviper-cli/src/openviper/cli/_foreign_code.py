"""Running what a project brings (settings, apps, checks): it may print, and it may try to end the process."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

from openviper.cli.errors import CommandLineError
from openviper.core._places import failing_line
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["exit_sentence", "foreign_code", "quietly", "stdout_kept"]


@contextmanager
def foreign_code(what: str) -> Generator[None]:
    """Send to stderr what is printed inside, for stdout is the command's own, and let nothing inside end the process.

    Args:
        what: Whose code it is, for the error: ``"a check"``.

    Raises:
        CommandLineError: It called ``sys.exit()``, or raised what is neither an ``Exception`` nor an interrupt.
    """
    try:
        with stdout_kept():
            yield
    except (Exception, KeyboardInterrupt):
        raise
    except SystemExit as error:
        raise CommandLineError(exit_sentence(what, error)) from error
    except BaseException as error:
        raise CommandLineError(f"{what} raised {type(error).__name__}{_place(error)}; expected an Exception") from error


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


def exit_sentence(what: str, error: SystemExit) -> str:
    """Say that ``what`` called ``sys.exit()``, and in which line: obeyed, it would be a command that did its work."""
    code = "" if error.code is None else harmless_line(repr(error.code))
    return f"{what} called sys.exit({code}){_place(error)}; expected an exception where something is wrong"


def _place(error: BaseException) -> str:
    line = failing_line(error)
    return f" ({harmless_line(line)})" if line else ""


def _nowhere() -> io.TextIOWrapper:
    # None, which print() takes too, has neither write() nor reconfigure(); a logger may keep what is used here.
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
