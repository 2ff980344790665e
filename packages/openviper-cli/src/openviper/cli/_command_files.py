"""What a command file says of itself, read from its source: nothing is imported."""

from __future__ import annotations

import ast
import errno
import os
import stat
import warnings
from pathlib import Path
from typing import NamedTuple, TypeAlias

from openviper.core.terminal_text import harmless_line

__all__ = ["Description", "describe", "why_unreadable"]

# Of a file, in bytes: 1 MiB. No command is that long.
LONGEST = 1 << 20
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


class Description(NamedTuple):
    """A line for ``--help``."""

    #: The first line of the module's docstring, else of its command's; it may be empty.
    summary: str
    #: Why the file cannot be imported, as far as that can be seen; ``None``: it looks well.
    problem: str | None = None


def describe(path: str) -> Description:
    """Read a command file."""
    problem = why_unreadable(path)
    if problem is not None:
        return Description("", problem)
    try:
        with warnings.catch_warnings():
            # Of escapes that are none; whoever runs the command sees them.
            warnings.simplefilter("ignore")
            tree = ast.parse(Path(path).read_bytes(), path)
    except SyntaxError as error:
        place = f" in line {error.lineno}" if error.lineno else ""
        return Description("", harmless_line(f"{type(error).__name__}{place}: {error.msg}"))
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        return Description("", harmless_line(f"it cannot be read: {error or type(error).__name__}"))
    return Description(harmless_line(_first_line(tree, Path(path).stem)))


def why_unreadable(path: str) -> str | None:
    """Say why a file is not even opened: a pipe would be waited for, a device has no end."""
    try:
        status = Path(path).stat()
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    if not stat.S_ISREG(status.st_mode):
        return "it is no regular file"
    if status.st_size > LONGEST:
        return "it is longer than 1 MiB"
    if not os.access(path, os.R_OK):
        return f"it cannot be read: {os.strerror(errno.EACCES)}"
    return None


def _first_line(tree: ast.Module, stem: str) -> str:
    text = ast.get_docstring(tree) or _function_docstring(tree, stem)
    return next(iter(text.strip().splitlines()), "").strip()


def _function_docstring(tree: ast.Module, stem: str) -> str:
    functions = [each for each in tree.body if isinstance(each, _Function)]
    named = {each.name: each for each in functions}
    candidates = [named[name] for name in ("command", stem, "handle") if name in named]
    candidates += [each for each in functions if any(map(_makes_command, each.decorator_list))]
    return next(filter(None, map(ast.get_docstring, candidates)), "")


def _makes_command(decorator: ast.expr) -> bool:
    """Tell ``@click.command()``, ``@command`` and ``@click.group()`` from other decorators."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""
    return name in ("command", "group")
