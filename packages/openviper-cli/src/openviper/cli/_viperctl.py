"""``openviper viperctl``: the management commands of every installed distribution, in a project."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import click

from openviper.cli._gather import Catalogue, Offer, gather
from openviper.cli._lazy import LazyGroup, load_command, no_color_option, traceback_option
from openviper.cli._targets import split_target
from openviper.cli.errors import CommandLineError, ProjectError
from openviper.core.distributions import COMMANDS, available_with
from openviper.core.flexible_adapter import FlexibleAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openviper.core.commands import LazyCommand

__all__ = ["Viperctl", "viperctl"]


class Viperctl(LazyGroup):
    """The group: it finds the project between reading a command's name and importing its module."""

    @cached_property
    def catalogue(self) -> Catalogue:
        """What is installed; a manifest that cannot be read is one warning on stderr."""
        catalogue = gather()
        for sentence in catalogue.broken:
            click.echo(f"Warning: {sentence}", err=True)
        return catalogue

    def lazy_commands(self) -> Mapping[str, LazyCommand]:
        return {name: _listed(offers) for name, offers in self.catalogue.offers.items()}

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        offers = self.catalogue.offers.get(cmd_name, ())
        if len(offers) > 1:
            both = " and ".join(f"{each.distribution} ({each.command.import_path})" for each in offers)
            raise CommandLineError(f"{cmd_name!r} is offered by {both}; uninstall one of them")
        return load_command(offers[0].command, offers[0].distribution) if offers else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, rest = args[0], args[1:]
        command = self.lazy_commands().get(name)
        if command is None:
            raise self.unknown_command(ctx, name)
        own = rest[: rest.index("--")] if "--" in rest else rest
        # A shell that asks for completions needs no project, and is told of no problem with it.
        if not ctx.resilient_parsing and not any(word in ctx.help_option_names for word in own):
            rest = _enter_project(ctx, self, command, rest)
        return name, self.get_command(ctx, name), rest

    def unknown_command(self, ctx: click.Context, name: str) -> click.ClickException:
        if name in COMMANDS:
            return click.NoSuchCommand(name, f"No such command {name!r}; it {_origin(name)}", ctx=ctx)
        return super().unknown_command(ctx, name)


def _listed(offers: tuple[Offer, ...]) -> LazyCommand:
    """Return what ``--help`` shows of a name."""
    if len(offers) == 1:
        return offers[0].command
    distributions = " and ".join(each.distribution for each in offers)
    return replace(offers[0].command, short_help=f"Offered by {distributions}: uninstall one of them.")


def _enter_project(ctx: click.Context, group: Viperctl, command: LazyCommand, args: list[str]) -> list[str]:
    """Make the target's project the one in force, and return the arguments without the target."""

    def parameters() -> list[click.Parameter]:
        loaded = group.get_command(ctx, command.name)
        return loaded.get_params(ctx) if loaded else []

    adapter = ctx.ensure_object(FlexibleAdapter)
    adapter.settings = ctx.params["settings"] or adapter.settings
    target, rest = split_target(command.target, args, parameters=parameters, is_project=adapter.is_project)
    try:
        project = adapter.bootstrap(target)
    except ProjectError as error:
        # A command that takes no target may need no project at all; one that does says so itself.
        if target is not None or command.target != "none" or adapter.settings is not None:
            raise
        click.echo(f"Warning: no project is used: {error}", err=True)
        return rest
    if ctx.params["verbose"]:
        nothing = f"no project in {adapter.directory} or above; defaults are in force"
        click.echo(f"project {project}" if project else nothing, err=True)
    return rest


def _origin(name: str) -> str:
    """Say where a documented command comes from that no installed distribution offers."""
    # Only an error pays for it.
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    distribution = COMMANDS[name]
    try:
        installed = version(distribution)
    except PackageNotFoundError:
        return str(available_with(name))
    return f"comes with a later {distribution} than the installed {installed}: pip install -U {distribution}"


viperctl = Viperctl(
    "viperctl",
    help="Run a management command in a project.\n\nA lone dot after the command means the project of this folder.",
    params=[
        click.Option(["--settings"], metavar="MODULE", help="The settings module, such as mysite.settings."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Say where the project was found."),
        no_color_option(),
        traceback_option(),
    ],
)
