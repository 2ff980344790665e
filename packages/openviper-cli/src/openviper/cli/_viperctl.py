"""``openviper viperctl``: the management commands of every installed distribution, and of the project's apps."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

import click

from openviper.cli._failure_lines import failure_line
from openviper.cli._foreign_code import quietly
from openviper.cli._gather import Catalogue, Offer, gather
from openviper.cli._lazy import LazyGroup, adopted, load_command, no_color_option, traceback_option
from openviper.cli._own_commands import OwnCommands, own_commands
from openviper.cli._project_commands import command_name, may_hold_command
from openviper.cli._targets import split_target, with_target
from openviper.cli._viperctl_help import listed, summaries, write_commands
from openviper.cli.errors import CommandLineError, ProjectError
from openviper.core.commands import LazyCommand
from openviper.core.flexible_adapter import FlexibleAdapter
from openviper.core.projects import search_folder
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.shell_completion import CompletionItem

    from openviper.cli._project import Project
    from openviper.cli._project_commands import CommandFile

__all__ = ["Viperctl", "viperctl"]

_OWN = "openviper.cli.own_commands"
_NO_PROJECT = "openviper.cli.no_project"


class Viperctl(LazyGroup):
    """The group: it finds the project between reading a command's name and importing its module."""

    @cached_property
    def catalogue(self) -> Catalogue:
        """What is installed."""
        return gather()

    @cached_property
    def _listed(self) -> dict[str, LazyCommand]:
        return {name: listed(offers) for name, offers in self.catalogue.offers.items()}

    def lazy_commands(self) -> Mapping[str, LazyCommand]:
        return self._listed

    def own_commands(self, ctx: click.Context) -> OwnCommands:
        """Return the commands of the project in force, read once; none where there is no project."""
        if _OWN not in ctx.meta:
            ctx.meta[_OWN] = own_commands(_project(ctx), self.catalogue.offers, quiet=ctx.resilient_parsing)
        own: OwnCommands = ctx.meta[_OWN]
        return own

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        offers = self.catalogue.offers.get(cmd_name, ())
        if len(offers) > 1:
            both = " and ".join(f"{each.distribution} ({each.command.import_path})" for each in offers)
            raise CommandLineError(f"{cmd_name!r} is offered by {both}; uninstall one of them")
        if not offers:
            return None
        (offer,) = offers
        return with_target(load_command(offer.command, offer.distribution), offer.command.target)

    def find_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if ctx.resilient_parsing:
            return self._resolve_for_shell(ctx, args)
        name, rest = args[0], args[1:]
        if name != "check":  # which reports them itself
            self._warn()
        offered = self.lazy_commands().get(name)
        if offered is not None and _asks_for_help(ctx, rest):
            _visit(ctx)
        else:
            rest = _enter_project(ctx, self, offered or LazyCommand(name, "", ""), rest)
        file = self._own_file(ctx, name)
        if file is not None:
            return file.name, _loaded(file), rest
        if offered is None:
            raise self.unknown_command(ctx, name)
        return name, self.get_command(ctx, name), rest

    def _resolve_for_shell(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command whose options a shell completes; whatever is broken must not show on its prompt."""
        _visit(ctx)
        try:
            with quietly():
                file = self._own_file(ctx, args[0])
                command = _loaded(file) if file else self.get_command(ctx, args[0])
        except CommandLineError:
            command = None
        return (args[0] if command else None), command, args[1:]

    def _own_file(self, ctx: click.Context, name: str) -> CommandFile | None:
        """Return the file of the project's command, for whose name settings are read only if nobody else offers it."""
        project = _project(ctx)
        offers = self.catalogue.offers.get(name)
        if project is None or (offers and not may_hold_command(project.import_folder, name)):
            return None
        own = self.own_commands(ctx)
        if own.problem and not ctx.resilient_parsing:
            if not offers:
                own.check_known(name, self.lazy_commands())
            click.echo(f"Warning: {own.problem}", err=True)
        file = own.file(command_name(name))
        if file and offers and ctx.params.get("verbose"):
            click.echo(f"command {name} of {file.owner}, {harmless_line(file.path)}; {_instead(offers)}", err=True)
        return file

    def unknown_command(self, ctx: click.Context, name: str) -> click.ClickException:
        # Only an error needs it.
        from openviper.cli._unknown_commands import unknown_command  # noqa: PLC0415

        own = self.own_commands(ctx)
        known = [*self.lazy_commands(), *own.files]
        own.check_read(name, known)
        return unknown_command(ctx, name, known, project=_project(ctx), missing=ctx.meta.get(_NO_PROJECT))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self._warn()
        problem, own = _visit(ctx), self.own_commands(ctx)
        if problem := problem or own.problem:
            click.echo(f"Warning: {problem}", err=True)
        write_commands(formatter, self.catalogue, self.lazy_commands(), own)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # As click does: only a shell that asks for completions needs it.
        from click.shell_completion import CompletionItem  # noqa: PLC0415

        _visit(ctx)
        found = summaries(self.lazy_commands(), self.own_commands(ctx), incomplete)
        items = [CompletionItem(name, help=text) for name, text in found]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def _warn(self) -> None:
        for broken in self.catalogue.broken:
            click.echo(f"Warning: {broken.sentence}", err=True)


def _loaded(file: CommandFile) -> click.Command:
    # Neither help nor the completion of a name needs what turns a function into a command.
    from openviper.cli._command_modules import load_project_command  # noqa: PLC0415

    return adopted(load_project_command(file))


def _asks_for_help(ctx: click.Context, args: list[str]) -> bool:
    own = args[: args.index("--")] if "--" in args else args
    return any(word in ctx.help_option_names for word in own)


def _project(ctx: click.Context) -> Project | None:
    adapter = ctx.find_object(FlexibleAdapter)
    return adapter.project if adapter else None


def _adapter(ctx: click.Context) -> FlexibleAdapter:
    adapter = ctx.ensure_object(FlexibleAdapter)
    adapter.settings = ctx.params.get("settings") or adapter.settings
    return adapter


def _names_settings(ctx: click.Context) -> bool:
    adapter = ctx.find_object(FlexibleAdapter)
    return bool(ctx.params.get("settings") or (adapter and adapter.settings))


def _visit(ctx: click.Context) -> str | None:
    """Find the project, for help and completion, which need none; return a line about what prevents it."""
    try:
        _adapter(ctx).bootstrap()
    except Exception as error:
        reason = harmless_line(str(error)) if isinstance(error, ProjectError) else failure_line(error)
        return f"no project is used: {reason}"
    return None


def _enter_project(ctx: click.Context, group: Viperctl, command: LazyCommand, args: list[str]) -> list[str]:
    """Make the target's project the one in force, and return the arguments without the target."""
    target: str | None = None
    rest = args
    try:
        adapter = _adapter(ctx)
        parameters = partial(_parameters, ctx, group, command.name)
        target, rest = split_target(command.target, args, parameters=parameters, is_project=adapter.is_project)
        project = adapter.bootstrap(target)
    except ProjectError as error:
        # A command that takes no target may need no project at all; one that does says so itself.
        if target is not None or command.target != "none" or _names_settings(ctx):
            raise
        click.echo(f"Warning: no project is used: {harmless_line(str(error))}", err=True)
        return rest
    _tell_project(ctx, command, project)
    return rest


def _tell_project(ctx: click.Context, command: LazyCommand, project: Project | None) -> None:
    is_verbose = ctx.params["verbose"]
    if project is None:
        missing = ctx.meta[_NO_PROJECT] = f"no project in {harmless_line(search_folder())} or above"
        if is_verbose or command.expects_project:
            click.echo(f"Note: {missing}; defaults are in force", err=True)
    elif is_verbose:
        click.echo(harmless_line(f"project {project}"), err=True)


def _parameters(ctx: click.Context, group: Viperctl, name: str) -> list[click.Parameter]:
    loaded = group.get_command(ctx, name)
    return loaded.get_params(ctx) if loaded else []


def _named_settings(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    # --settings "$UNSET" must not choose another project in silence.
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty; expected a module, such as mysite.settings", ctx, param)
    return value


def _instead(offers: tuple[Offer, ...]) -> str:
    return f"it stands in for that of {' and '.join(each.distribution for each in offers)}"


viperctl = Viperctl(
    "viperctl",
    help="Run a management command in a project.\n\n"
    "TARGET is the project: a dot is that of this folder; some commands take its module path too.",
    subcommand_metavar="COMMAND [TARGET] [ARGS]...",
    params=[
        # Eager: help shows the commands of the project that it names.
        click.Option(
            ["--settings"],
            metavar="MODULE",
            is_eager=True,
            callback=_named_settings,
            help="The settings module, such as mysite.settings.",
        ),
        click.Option(["-v", "--verbose"], is_flag=True, help="Say where the project was found."),
        no_color_option(),
        traceback_option(),
    ],
)
