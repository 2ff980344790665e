"""``viperctl create-command``: a management command in an app, and its test."""

from __future__ import annotations

from pathlib import Path

import click

from openviper.cli._additions import add_whole
from openviper.cli._app_folders import AppFolder, find_app
from openviper.cli._gather import gather
from openviper.cli._names import check_command_name
from openviper.cli._new_command import command_files
from openviper.cli._new_package import directory_option
from openviper.cli.errors import CommandLineError
from openviper.core.distributions import COMMANDS

__all__ = ["create_command"]


def _command_name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        check_command_name(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error
    return value


@click.command()
@click.argument("command", callback=_command_name)
@click.argument("app")
@directory_option("Where the app is, in it or in its src; by default here.")
def create_command(command: str, app: str, directory: Path) -> None:
    """Create a management command in an app.

    COMMAND is its name; APP is the app's label or dotted name.
    """
    _refuse_documented(command, app)
    found = _find_app(app, directory)
    try:
        files = command_files(found, directory, command, check_command_name(command))
    except CommandLineError as error:
        raise click.BadParameter(str(error), param_hint="'COMMAND'") from error
    add_whole(directory, files)
    places = [_shown(directory / file.path) for file in files if not file.path.endswith("__init__.py")]
    installed = f" once {found.name!r} is in INSTALLED_APPS" if found.name else ""
    click.echo(f"Created {' and '.join(places)}. Next{installed}:\n\n  openviper viperctl {command}")


def _find_app(name: str, directory: Path) -> AppFolder:
    try:
        return find_app(name, directory)
    except CommandLineError as error:
        raise click.BadParameter(str(error), param_hint="'APP'") from error


def _refuse_documented(command: str, app: str) -> None:
    """The project's own command would hide the one that comes with a distribution."""
    offers = gather().offers.get(command)
    distribution = offers[0].distribution if offers else COMMANDS.get(command)
    if distribution is not None:
        other = f"{command}-{app.rpartition('.')[2]}"
        raise click.BadParameter(
            f"{command!r} is a command of {distribution}, which this one would hide; choose another name, such as "
            f"{other!r}",
            param_hint="'COMMAND'",
        )


def _shown(path: Path) -> str:
    """Return a path, and where it is where a link leads there."""
    real = path.resolve()
    return str(path) if real == path.absolute() else f"{path} ({real})"
