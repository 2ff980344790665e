"""``viperctl create-command``: a management command in an app, and its test."""

from __future__ import annotations

from pathlib import Path

import click

from openviper.cli._additions import add_whole
from openviper.cli._app_lookup import AppFolder, apps_of, dotted_name, find_app
from openviper.cli._gather import gather
from openviper.cli._names import check_command_name, entry_named
from openviper.cli._new_command import command_files
from openviper.cli._new_package import directory_option
from openviper.cli._own_commands import own_commands
from openviper.cli.errors import CommandLineError
from openviper.core.distributions import COMMANDS
from openviper.core.flexible_adapter import FlexibleAdapter
from openviper.core.terminal_text import harmless_line

__all__ = ["create_command"]


def _module_name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        return check_command_name(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


@click.command()
@click.argument("command", callback=_module_name)
@click.argument("app")
@directory_option("Where the app is, in it or in its src; by default here.")
@click.pass_context
def create_command(ctx: click.Context, /, command: str, app: str, directory: Path) -> None:
    """Create a management command in an app.

    COMMAND is its name; APP is the app's label or dotted name.
    """
    module, name = command, command.replace("_", "-")
    found = _find_app(app, directory)
    if owner := _owner(name, module, found, directory):
        other = f"{name}-{found.label}"
        raise _refused(f"{name!r} is a command of {owner} already; choose another name, such as {other!r}")
    try:
        files = command_files(found, directory, name, module)
    except CommandLineError as error:
        raise _refused(str(error)) from error
    add_whole(directory, files)
    places = [_shown(directory / file.path) for file in files if not file.path.endswith("__init__.py")]
    once, note = _installation(ctx, name, found)
    click.echo(f"Created {' and '.join(places)}. Next{once}:\n\n  openviper viperctl {name}")
    if note:
        click.echo(harmless_line(note), err=True)


def _find_app(name: str, directory: Path) -> AppFolder:
    try:
        return find_app(name, directory)
    except CommandLineError as error:
        raise click.BadParameter(str(error), param_hint="'APP'") from error


def _owner(name: str, module: str, app: AppFolder, directory: Path) -> str | None:
    """Return what has a command of this name: a distribution, which the new one would hide, or another app."""
    offers = gather().offers.get(name)
    distribution = offers[0].distribution if offers else COMMANDS.get(name)
    others = (each for each in apps_of(directory) if each.path.resolve() != app.path.resolve())
    names = (each.name or each.label for each in others if entry_named(module, each.path / "management" / "commands"))
    return distribution or next(names, None)


def _installation(ctx: click.Context, name: str, app: AppFolder) -> tuple[str, str]:
    """Return what the new command still needs, and a note on it where the project in force has the app's folder."""
    adapter = ctx.find_object(FlexibleAdapter)
    project = adapter.project if adapter else None
    own, folder, note = own_commands(project), app.path.resolve(), ""
    if any(Path(each.path).resolve().parents[2] == folder for each in own.files.get(name, ())):
        return "", ""
    dotted = app.name
    if project and dotted and not own.problem and folder.is_relative_to(root := project.import_root.resolve()):
        dotted = dotted_name(folder, root)
        note = f"Note: the app {dotted!r} is not installed: {project.to_install(dotted)}"
    return (f" once {dotted!r} is in INSTALLED_APPS" if dotted else ""), note


def _refused(reason: str) -> click.BadParameter:
    return click.BadParameter(harmless_line(reason), param_hint="'COMMAND'")


def _shown(path: Path) -> str:
    """Return a path, and where it is where a link leads there."""
    real = path.resolve()
    return harmless_line(str(path) if real == Path.cwd() / path else f"{path} ({real})")
