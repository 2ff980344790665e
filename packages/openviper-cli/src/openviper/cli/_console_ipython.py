"""IPython as the console, with its own configuration, history and start-up files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.terminal.ipapp import TerminalIPythonApp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openviper.cli._console_loop import ConsoleLoop

__all__ = ["start_ipython"]


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
    app.shell.loop_runner = loop.run
    app.start()
