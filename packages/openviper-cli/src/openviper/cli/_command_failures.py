"""What is shown of what a command raised: a line, the traceback of a bug, or nothing of this module's."""

from __future__ import annotations

import errno
import sys
from typing import IO, Any

import click

from openviper.cli._failure_lines import exit_sentence
from openviper.cli._failure_origins import imported_by, is_of_input, is_of_project_command, is_raised
from openviper.cli._foreign_code import ends_command, is_interrupt
from openviper.cli._streams import is_of_output, reader_has_gone
from openviper.cli.errors import BrokenCommandError, CommandLineError
from openviper.core.error_places import is_of_settings
from openviper.core.errors import OpenViperError
from openviper.core.terminal_text import harmless

__all__ = ["shown_failure"]


class _Report(click.ClickException):
    """Lines that are shown as they are."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=True, nl=False)


def shown_failure(error: BaseException, *, whole: bool) -> BaseException | None:
    """Return what is raised in place of ``error`` so that it is shown as it should be; ``None``: nothing.

    Args:
        error: What a command raised.
        whole: All tracebacks are wanted, and whole.
    """
    if _is_for_others(error):
        return None
    failure = _in_a_line(error)
    if whole:
        if failure is None and isinstance(error, EOFError | OSError):
            # click takes them for an input that ended, and an output that cannot be written.
            return _reported(error, whole=True)
        return None if failure is error else failure
    if failure is None:
        return _reported(error, whole=False)
    line = harmless(str(failure))
    if isinstance(error, BrokenCommandError) and error.__cause__ is not None:
        return _Report(f"{_traceback(error.__cause__, whole=False)}Error: {line}\n")
    return click.ClickException(line)


def _is_for_others(error: BaseException) -> bool:
    """Tell what is no failure to be shown here.

    That is Ctrl-C, an input that ended, a command's own ``sys.exit()`` or usage error, and an output that nobody reads
    any more or that cannot be written.
    """
    if is_of_input(error) or is_interrupt(error):
        return True
    if ends_command(error):
        return _who_ended(error) is None
    if not isinstance(error, OSError) or isinstance(error, OpenViperError) or imported_by(error) is not None:
        return False
    return (error.errno == errno.EPIPE and reader_has_gone()) or is_of_output(error)


def _in_a_line(error: BaseException) -> OpenViperError | None:
    """Return the error whose text is all that is shown; ``None`` for a bug.

    What the system refuses to a module while it is imported is a bug of its author's. So is what a project's command
    was refused where no file is named: the line alone would not say what it was.
    """
    if isinstance(error, OpenViperError):
        return error
    if ends_command(error):
        # Obeyed, sys.exit(0) in a settings module would be a success of whatever read it.
        return CommandLineError(exit_sentence(str(_who_ended(error)), error))
    if isinstance(error, OSError) and imported_by(error) is None and not _is_bug(error):
        return CommandLineError(f"{_reason(error)} (--traceback shows where)")
    return None


def _is_bug(error: OSError) -> bool:
    # A full disk is none, and may be that of stdout: what a print() could not write is not there any more.
    is_full = error.errno == errno.ENOSPC and not is_raised(error)
    return error.filename is None and not is_full and is_of_project_command(error)


def _reported(error: BaseException, *, whole: bool) -> _Report:
    if sys.excepthook is sys.__excepthook__:
        return _Report(_traceback(error, whole=whole))
    # Somebody collects what nobody expected.
    from openviper.cli._own_tracebacks import own_frames  # noqa: PLC0415 - as below

    frames = error.__traceback__ if whole else own_frames(error)
    sys.excepthook(type(error), error.with_traceback(frames), frames)
    return _Report("")


def _traceback(error: BaseException, *, whole: bool) -> str:
    # Every command that ends by click's Exit comes through this module; a traceback is for bugs alone.
    from traceback import format_exception  # noqa: PLC0415

    from openviper.cli._own_tracebacks import own_traceback  # noqa: PLC0415

    return harmless("".join(format_exception(error))) if whole else own_traceback(error)


def _who_ended(error: BaseException) -> str | None:
    """Return who wanted to end the command; ``None``: it did so itself."""
    return imported_by(error) or ("the settings" if is_of_settings(error) else None)


def _reason(error: OSError) -> str:
    names = [repr(each) for each in (error.filename, error.filename2) if each is not None]
    return ": ".join(filter(None, [error.strerror or str(error) or type(error).__name__, " -> ".join(names)]))
