"""Running one piece of code in a console's names, as ``python -c`` does, and with ``await`` at its top level."""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openviper.cli._console_loop import ConsoleLoop

__all__ = ["FILE", "main_module", "run_code"]

#: The file's name in tracebacks.
FILE = "<console>"


def run_code(source: str | bytes, names: Mapping[str, Any], loop: ConsoleLoop) -> bool:
    """Run ``source`` and return ``True``; where it fails, print its traceback to stderr and return ``False``.

    An event loop runs only where the code awaits something, so that any other code may call ``asyncio.run()``.

    Raises:
        KeyboardInterrupt: Ctrl-C.
        SystemExit: The code exits.
    """
    try:
        # Not with this module's own __future__ imports.
        code = compile(source, FILE, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    # Null bytes and half characters are a ValueError, or a SyntaxError; too deep a nesting one of the others.
    except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError) as error:
        print(_without_code(error, source), end="", file=sys.stderr)
        return False
    _remember(source)
    try:
        result = eval(code, vars(main_module(names)))  # noqa: S307 - what the command is for
        if code.co_flags & inspect.CO_COROUTINE:
            loop.run(result)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # CancelledError too: it is a failure here
        # An error alone needs it.
        from openviper.cli._own_tracebacks import own_traceback  # noqa: PLC0415

        print(own_traceback(error), end="", file=sys.stderr)
        return False
    return True


def main_module(names: Mapping[str, Any]) -> ModuleType:
    """Return a new ``__main__`` that holds ``names``, so that what the code defines can be found by its module."""
    module = ModuleType("__main__")
    vars(module).update(names)
    sys.modules["__main__"] = module
    return module


def _remember(source: str | bytes) -> None:
    """Let tracebacks show the lines of the code."""
    # It was compiled, so it can be decoded.
    text = source if isinstance(source, str) else _decoded(source)
    # A line without its end is taken for one that is still indented.
    lines = f"{text}\n".splitlines(keepends=True)
    linecache.cache[FILE] = (len(text), None, lines, FILE)


def _decoded(source: bytes) -> str:
    # Only code that comes from stdin is bytes.
    from importlib.util import decode_source  # noqa: PLC0415

    return decode_source(source)


def _without_code(error: Exception, source: str | bytes) -> str:
    from traceback import format_exception_only  # noqa: PLC0415 - an error alone needs it

    # The compiler reads the line from the file, which is none, where the parser did not see the error.
    if isinstance(error, SyntaxError) and error.text is None and error.lineno and isinstance(source, str):
        error.text = "".join(source.splitlines(keepends=True)[error.lineno - 1 : error.lineno]) or None
    return "".join(format_exception_only(error))
