"""Running the command line to its exit code, with the manners of a Unix program."""

from __future__ import annotations

import errno
import io
import sys
from contextlib import redirect_stderr, suppress
from typing import TYPE_CHECKING, Any

import click

from openviper.cli._streams import flush_streams, prepare_streams
from openviper.core.terminal_text import harmless

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["run_command"]


def run_command(command: click.Command, args: list[str] | None = None, **extra: Any) -> int:
    """Run ``command`` and return the exit code: 0, 1 for a failure, 2 for wrong usage, 130 for Ctrl-C.

    A command's own ``sys.exit(4)`` becomes 4, and ``sys.exit(256)``, of which the system would keep a 0, becomes 1. It
    is 1, and no word, where the output's reader has gone (``| head -1``). What a terminal would obey in an error or its
    traceback is shown as an escape.

    Args:
        command: A group of this package: it returns nothing.
        args: The command line; ``None``: this process's own.
        extra: For the context: ``prog_name``, ``obj``.

    Raises:
        BaseException: What nobody expected, where --traceback is given and ``sys.excepthook`` is somebody's own.
    """
    prepare_streams()
    streams = sys.stdout, sys.stderr
    try:
        code = _as_kept(_exit_code(command, args, extra))
    except KeyboardInterrupt:
        # Where click does not look: while it completes a word, or shows an error.
        code = 130
    except OSError as error:
        code = _unexpected(error) if _is_importing(error) else _unwritten(error)
    except BaseException as error:  # as Python does where nobody catches it
        code = _unexpected(error)
    # click leaves wrappers in their place where their reader has gone.
    sys.stdout, sys.stderr = streams
    failure = flush_streams()
    return _unwritten(failure) if failure is not None and code == 0 else code


def _as_kept(code: int) -> int:
    """Return what the system keeps of an exit code, its lowest 8 bits; 1 where these alone would say success."""
    return code & 0xFF or int(code != 0)


def _is_importing(error: OSError) -> bool:
    from openviper.cli._failure_origins import imported_by  # noqa: PLC0415 - only a failure needs it

    return imported_by(error) is not None


def _unexpected(error: BaseException) -> int:
    """Show the traceback of an error; return the exit code."""
    if sys.excepthook is not sys.__excepthook__:
        # Somebody collects what nobody expected.
        raise error
    # Only a failure needs it.
    from traceback import format_exception  # noqa: PLC0415

    click.echo(harmless("".join(format_exception(error))), err=True, nl=False)
    return 1


def _unwritten(error: OSError) -> int:
    """Say why an output cannot be written, if its reader has not gone; return the exit code."""
    if error.errno != errno.EPIPE:
        # It may be stderr that is full.
        with suppress(OSError):
            click.echo(f"Error: the output cannot be written: {error.strerror}", err=True)
    return 1


def _exit_code(command: click.Command, args: list[str] | None, extra: Mapping[str, Any]) -> int:
    try:
        code = command.main(args, standalone_mode=False, **extra)
    except click.Abort as error:
        return _aborted(error)
    except click.ClickException as error:
        _show(_placed(error))
        return error.exit_code
    except SystemExit as stop:
        if stop.code is None or isinstance(stop.code, int):
            return int(stop.code or 0)
        # As Python does with a text.
        _echo_harmless(f"{stop.code}\n")
        return 1
    return code if isinstance(code, int) else 0


def _aborted(error: click.Abort) -> int:
    reason = error.__cause__ or error.__context__
    if isinstance(reason, KeyboardInterrupt):
        return 130
    from openviper.cli._failure_origins import is_of_input  # noqa: PLC0415 - only a failure needs it

    click.echo("Error: the input ended before an answer was given" if is_of_input(reason) else "Aborted", err=True)
    return 1


def _show(error: click.ClickException) -> None:
    shown = io.BytesIO()
    stderr = io.TextIOWrapper(shown, "utf-8", "backslashreplace", newline="", write_through=True)
    # As click calls it: a project's own takes no file.
    with redirect_stderr(stderr):
        error.show()
    _echo_harmless(shown.getvalue().decode(errors="backslashreplace"))


def _echo_harmless(text: str) -> None:
    # Where colours were meant, their escapes would be read.
    click.echo(harmless(click.unstyle(text)), err=True, nl=False)


def _placed(error: click.ClickException) -> click.ClickException:
    """Say where a group's option belongs that stands after the command's name; other errors stay as they are."""
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return error
    group = error.ctx.parent
    while group is not None:
        if any(error.option_name in (*each.opts, *each.secondary_opts) for each in group.command.params):
            place = f"{group.command_path} {error.option_name} ... {error.ctx.info_name}"
            sentence = f"No such option {error.option_name!r} here: it stands before the command: {place}"
            return click.NoSuchOption(error.option_name, sentence, ctx=error.ctx)
        group = group.parent
    return error
