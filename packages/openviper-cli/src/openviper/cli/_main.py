"""The top level: ``openviper COMMAND``, from a table that needs nothing else to be read."""

from __future__ import annotations

import os

import click

from openviper.cli._completion import VARIABLE, answer_shell
from openviper.cli._lazy import LazyGroup, no_color_option, run_command, traceback_option
from openviper.core.commands import LazyCommand
from openviper.core.distributions import COMMANDS as MANAGEMENT_COMMANDS

__all__ = ["COMMANDS", "main", "openviper"]

COMMANDS = (
    LazyCommand("completion", "openviper.cli.commands.completion:completion", "Print a shell's completion script."),
    LazyCommand(
        "create-app", "openviper.cli.commands.create_app:create_app", "Create an app with routes, views and tests."
    ),
    LazyCommand(
        "create-project", "openviper.cli.commands.create_project:create_project", "Create a project in a new folder."
    ),
    LazyCommand("run", "openviper.cli.commands.run:run", "Serve an ASGI application with uvicorn."),
    LazyCommand("version", "openviper.cli.commands.version:version", "Show the installed OpenViper distributions."),
    LazyCommand("viperctl", "openviper.cli._viperctl:viperctl", "Run a management command in a project."),
)


class _TopLevel(LazyGroup):
    def unknown_command(self, ctx: click.Context, name: str) -> click.ClickException:
        if name in MANAGEMENT_COMMANDS:
            return click.NoSuchCommand(
                name, f"No such command {name!r}; it is a management command: openviper viperctl {name}", ctx=ctx
            )
        return super().unknown_command(ctx, name)


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        # It needs importlib.metadata, which costs as much as all of click.
        from openviper.cli.commands.version import framework_version  # noqa: PLC0415

        click.echo(framework_version())
        ctx.exit()


openviper = _TopLevel(
    "openviper",
    table={command.name: command for command in COMMANDS},
    help="Create, run and manage OpenViper projects.",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_show_version,
            help="Show the version and exit.",
        ),
        no_color_option(),
        traceback_option(),
    ],
)


def main(args: list[str] | None = None) -> int:
    """Run the ``openviper`` command and return its exit code.

    Args:
        args: The command line without the program's name; ``None``: this process's own.
    """
    question = os.environ.get(VARIABLE)
    return answer_shell(openviper, question) if question else run_command(openviper, args)
