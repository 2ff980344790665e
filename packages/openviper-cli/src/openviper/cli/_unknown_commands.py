"""The error for a management command that is not there: it says where the command could come from."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import click

from openviper.cli._main import COMMANDS as TOP_LEVEL
from openviper.cli._project_commands import apps_with
from openviper.core.distributions import COMMANDS, available_with

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openviper.cli._project import Project

__all__ = ["unknown_command"]


def unknown_command(
    ctx: click.Context, name: str, known: Iterable[str], *, project: Project | None, missing: str | None
) -> click.NoSuchCommand:
    """Return the error.

    Args:
        ctx: Of the group.
        name: As typed.
        known: The commands that are there, for it may be a slip.
        project: The one in force. An app in its folder may have the command, and not be installed.
        missing: Says that there is no project, where none was found: its commands are not known.
    """
    start = f"No such command {name!r}"
    if project and (app := next(apps_with(project.import_folder, name), None)):
        message = f"{start}; the app {app!r} has it, and is not installed: {project.to_install(app)}"
        return click.NoSuchCommand(name, message, ctx=ctx)
    if any(name == each.name for each in TOP_LEVEL):
        return click.NoSuchCommand(name, f"{start}; it is no management command: openviper {name}", ctx=ctx)
    if name in COMMANDS:
        return click.NoSuchCommand(name, f"{start}; it {_origin(name)}", ctx=ctx)
    message = f"{start}, and {missing} that could have it." if missing else f"{start}."
    return click.NoSuchCommand(name, message, possibilities=known, ctx=ctx)


def _origin(name: str) -> str:
    """Say where a documented command comes from that no installed distribution offers."""
    distribution = COMMANDS[name]
    try:
        installed = version(distribution)
    except PackageNotFoundError:
        return str(available_with(name))
    return f"comes with a later {distribution} than the installed {installed}: pip install -U {distribution}"
