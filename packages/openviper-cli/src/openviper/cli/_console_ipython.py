"""IPython as the console, with its own configuration, history and start-up files."""

from __future__ import annotations

from asyncio import CancelledError
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from IPython.terminal.ipapp import TerminalIPythonApp

from openviper.core.stop_signals import Stopped

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from types import TracebackType

    from openviper.cli._console_loop import ConsoleLoop

__all__ = ["start_ipython"]

T = TypeVar("T")


def start_ipython(names: Mapping[str, Any], loop: ConsoleLoop, banner: str, *, color: bool | None) -> None:
    """Read and run code until IPython is left.

    Args:
        names: What the code sees.
        loop: Where cells that await something run.
        banner: Stands in place of IPython's.
        color: ``False``: none; otherwise as IPython is configured.
    """
    app: Any = TerminalIPythonApp.instance(user_ns=dict(names))
    first, _, rest = banner.partition("\n")
    shell = app.config.TerminalInteractiveShell
    shell.banner1 = first
    # A second part keeps it from showing a tip.
    shell.banner2 = f"{rest}\n"
    if color is False:
        shell.colors = "nocolor"
    app.initialize([])
    # Not by the configuration, which is copied with all that it holds.
    app.shell.loop_runner = partial(_run_cell, loop)
    app.shell.events.register("post_run_cell", partial(_leave, app.shell))
    # Unless a start-up file has its own.
    if not app.shell.custom_exceptions:
        app.shell.set_custom_exc((CancelledError,), partial(_show_cancelled, loop))
    app.start()


def _run_cell(loop: ConsoleLoop, cell: Coroutine[Any, Any, T]) -> T:
    done: list[T] = []

    async def run() -> None:
        done.append(await cell)

    try:
        loop.run(run())
    except KeyboardInterrupt:
        # IPython has shown what the cell raised when it was cancelled.
        if not done:
            # Without the frames of asyncio.
            raise KeyboardInterrupt from None
    return done[0]


def _leave(shell: Any, result: Any) -> None:
    """Leave IPython after a signal that ended a cell: it takes that for an ``exit()``, and asks for the next one."""
    if isinstance(result.error_in_exec, Stopped):
        shell.ask_exit()


def _show_cancelled(
    loop: ConsoleLoop,
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    """Show a cell that Ctrl-C has cancelled as IPython shows one that does not wait: interrupted, and where.

    https://ipython.readthedocs.io/en/stable/api/generated/IPython.core.interactiveshell.html
    """
    if loop.is_interrupted:
        kind, error = KeyboardInterrupt, KeyboardInterrupt()
        _cut_asyncio(trace)
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


def _cut_asyncio(trace: TracebackType) -> None:
    """Take away the frames of asyncio at the end, which is where all code waits."""
    last, each = trace, trace.tb_next
    while each is not None:
        if each.tb_frame.f_globals.get("__name__", "").partition(".")[0] != "asyncio":
            last = each
        each = each.tb_next
    last.tb_next = None
