"""From a project's command file to the command in it: a ``click.Command``, or a function ``handle``."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openviper.cli._async_commands import has_async, runnable
from openviper.cli._command_files import why_unreadable
from openviper.cli._failure_lines import failure_line
from openviper.cli._failure_origins import imported_by
from openviper.cli._handle import handle_command
from openviper.cli.errors import BrokenCommandError, CommandLineError
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from types import ModuleType

    from openviper.cli._project_commands import CommandFile

__all__ = ["load_project_command"]


def load_project_command(file: CommandFile) -> click.Command:
    """Import a command file and return its command.

    It is the attribute ``command``, else the one of the file's name, else the only ``click.Command`` in the module or
    its function ``handle``. What is async runs on an event loop, under the lifespan where the module says
    ``LIFESPAN = True``.

    Raises:
        BrokenCommandError: The module fails while it is imported.
        CommandLineError: It holds no command, or several.
    """
    module = _imported(file)
    lifespan = getattr(module, "LIFESPAN", False)
    if not isinstance(lifespan, bool):
        raise CommandLineError(f"LIFESPAN of {file.path} is {type(lifespan).__name__}; expected True or False")
    found = _found_in(module, file)
    if isinstance(found, click.Command):
        if lifespan and not has_async(found):
            raise CommandLineError(
                f"LIFESPAN = True is for an async command, and {harmless_line(str(found.name))!r} is none"
            )
        return runnable(found, lifespan=lifespan)
    return handle_command(found, file, help_text=inspect.getdoc(module), lifespan=lifespan)


def _imported(file: CommandFile) -> ModuleType:
    if problem := why_unreadable(file.path):
        raise CommandLineError(f"{file.name!r} of {file.owner} cannot run: {file.path}: {problem}")
    try:
        module = import_module(file.module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: a file that ends the program while it is read is broken
        if isinstance(error, OSError) and imported_by(error) is None:
            # A package on the way to the file: Python alone was refused, and no line of anybody's would say more.
            reason = f"{error.filename} cannot be read: {error.strerror}"
            raise CommandLineError(f"{file.name!r} of {file.owner} cannot run: {reason}") from error
        line = failure_line(error)
        raise BrokenCommandError(f"{file.name!r} of {file.owner} cannot run: {line} ({file.path})") from error
    if not Path(module.__file__ or "").samefile(file.path):
        raise CommandLineError(
            f"{file.name!r} of {file.owner} cannot run: {file.module} is another module, {module.__file__}, and not "
            f"{file.path}; rename one of the two packages"
        )
    return module


def _found_in(module: ModuleType, file: CommandFile) -> Any:
    """Return the command, or the function ``handle``."""
    values = vars(module)
    for name in ("command", Path(file.path).stem):
        if isinstance(values.get(name), click.Command):
            return values[name]
    found = _own_commands(values)
    handle = values.get("handle")
    if inspect.isroutine(handle):
        found["handle"] = handle
    if len(found) == 1:
        return next(iter(found.values()))
    wanted = "expected one click.Command, or one function handle"
    if found:
        names = " and ".join(found)
        raise CommandLineError(f"{file.path} holds {names}, and none is called command; {wanted}")
    raise CommandLineError(f"{file.path} holds no command; {wanted}: async def handle() -> None")


def _own_commands(values: dict[str, Any]) -> dict[str, Any]:
    """Return the commands of a module by name, without those of its groups, and none under two names."""
    commands = {name: each for name, each in values.items() if isinstance(each, click.Command)}
    groups = [each for each in commands.values() if isinstance(each, click.Group)]
    inner = {id(each) for group in groups for each in group.commands.values()}
    unique = {id(each): name for name, each in reversed(commands.items())}
    return {name: each for name, each in commands.items() if unique[id(each)] == name and id(each) not in inner}
