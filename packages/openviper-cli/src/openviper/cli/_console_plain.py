"""The standard library's interactive console, with ``await`` at its top level."""

from __future__ import annotations

import ast
import inspect
import sys
from code import InteractiveConsole
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from openviper.cli._console_code import FILE, main_module
from openviper.cli._own_tracebacks import own_traceback

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

    from openviper.cli._console_loop import ConsoleLoop

__all__ = ["start_plain"]


def start_plain(names: Mapping[str, Any], loop: ConsoleLoop, banner: str) -> None:
    """Read and run code until the end of the input.

    Raises:
        SystemExit: The code exits.
    """
    values = vars(main_module(names))
    _use_readline(values)
    _Console(values, loop).interact(banner, exitmsg="")


class _Console(InteractiveConsole):
    """Runs each input inside the event loop, as ``python -m asyncio`` does, and in one context."""

    def __init__(self, values: dict[str, Any], loop: ConsoleLoop) -> None:
        super().__init__(values, FILE)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._values = values
        self._loop = loop
        self._context = copy_context()

    def runcode(self, code: CodeType) -> None:
        try:
            self._loop.run(self._run(code), self._context)
        except SystemExit:
            raise
        except KeyboardInterrupt:
            self.write("\nKeyboardInterrupt\n")
        except BaseException as error:
            # For pdb.pm().
            sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
            self.write(own_traceback(error))

    async def _run(self, code: CodeType) -> None:
        result = eval(code, self._values)  # noqa: S307 - what a console is for
        if code.co_flags & inspect.CO_COROUTINE:
            await result


def _use_readline(values: dict[str, Any]) -> None:
    """Complete the console's names, and keep the history where ``python`` keeps it."""
    try:
        # Not on every system.
        import readline  # noqa: PLC0415
        from rlcompleter import Completer  # noqa: PLC0415
    except ImportError:
        return
    hook = getattr(sys, "__interactivehook__", None)
    if hook is not None:
        hook()
    # After the hook, which completes the names of __main__ as it was.
    readline.set_completer(Completer(values).complete)
