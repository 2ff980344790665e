"""Commands whose function is async, which click would call and not await."""

from __future__ import annotations

import copy
import inspect
from functools import wraps
from typing import Any

import click

from openviper.cli._run_handle import run_function

__all__ = ["has_async", "runnable"]


def has_async(command: click.Command) -> bool:
    """Tell whether the function of a command, or of one in a group, is async."""
    callback: Any = command.callback
    if callback is not None and inspect.iscoroutinefunction(inspect.unwrap(callback)):
        return True
    return isinstance(command, click.Group) and any(map(has_async, command.commands.values()))


def runnable(command: click.Command, *, lifespan: bool = False) -> click.Command:
    """Return a copy whose async functions run on an event loop; the command itself where it has none.

    Args:
        command: What a group holds is looked at too; not what it would import.
        lifespan: They run when the installed apps are ready.
    """
    if not has_async(command):
        return command
    copied = copy.copy(command)
    if isinstance(copied, click.Group):
        copied.commands = {name: runnable(each, lifespan=lifespan) for name, each in copied.commands.items()}
    callback: Any = command.callback
    if callback is not None and inspect.iscoroutinefunction(inspect.unwrap(callback)):
        copied.callback = _run_by(callback, lifespan=lifespan)
    return copied


def _run_by(callback: Any, *, lifespan: bool) -> Any:
    @wraps(callback)
    def run(*args: Any, **options: Any) -> Any:
        return run_function(callback, args, options, lifespan=lifespan)

    return run
