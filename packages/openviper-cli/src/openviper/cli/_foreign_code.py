"""Running what a project brings (settings, apps, checks): it may print, and it may try to end the process."""

from __future__ import annotations

import sys
from contextlib import contextmanager, redirect_stdout
from traceback import walk_tb
from typing import TYPE_CHECKING

from openviper.cli.errors import CommandLineError
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["foreign_code"]


@contextmanager
def foreign_code(what: str) -> Generator[None]:
    """Send to stderr what is printed inside, for stdout is the command's own, and let nothing inside end the process.

    Args:
        what: Whose code it is, for the error: ``"a check"``.

    Raises:
        CommandLineError: It called ``sys.exit()``, or raised what is neither an ``Exception`` nor an interrupt.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except (Exception, KeyboardInterrupt):
        raise
    except SystemExit as error:
        code = harmless_line(repr(error.code))
        raise CommandLineError(
            f"{what} called sys.exit({code}){_place(error)}; expected an exception where something is wrong"
        ) from error
    except BaseException as error:
        raise CommandLineError(f"{what} raised {type(error).__name__}{_place(error)}; expected an Exception") from error


def _place(error: BaseException) -> str:
    lines = [f"{frame.f_code.co_filename}:{line}" for frame, line in walk_tb(error.__traceback__)]
    # The import machinery has no files.
    named = [each for each in lines if not each.startswith("<")]
    return f" ({harmless_line(named[-1])})" if named else ""
