"""``viperctl check``: problems in settings, apps, commands and the application, before anything is started."""

from __future__ import annotations

import sys
from collections import Counter
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from openviper.cli._application_check import check_application
from openviper.cli._command_checks import check_commands
from openviper.cli._foreign_code import foreign_code
from openviper.cli._json_output import say_json
from openviper.cli._own_commands import OwnCommands
from openviper.cli._viperctl import Viperctl
from openviper.cli.errors import CommandLineError
from openviper.conf import check_settings
from openviper.core.checks import CheckMessage, Severity, run_checks
from openviper.core.flexible_adapter import FlexibleAdapter
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check"]

# Columns: where a terminal has fewer, it breaks lines itself.
_LEAST = 20
_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


@click.command()
@click.option(
    "--fail-level",
    type=click.Choice([each.name for each in Severity], case_sensitive=False),
    metavar="LEVEL",
    default=Severity.ERROR.name,
    show_default=True,
    help="INFO, WARNING or ERROR: the least severity that makes the command fail.",
)
@click.option("--json", "is_json", is_flag=True, default=False, help="Print what was found as JSON.")
@click.pass_context
def check(ctx: click.Context, fail_level: str, is_json: bool) -> None:
    """Find problems in settings, apps and the application.

    The application that start-server would serve is imported, and not started; commands that are broken count too.
    Exits with 1 where a message of --fail-level or worse is found.
    """
    messages = sorted(_found(ctx), key=lambda message: -message.severity)
    if is_json:
        say_json([_as_json(each) for each in messages])
    else:
        columns = get_terminal_size().columns if sys.stdout.isatty() else None
        for message in messages:
            _show(message, columns)
    click.echo(_summary(messages), err=True)
    if any(message.severity >= Severity[fail_level.upper()] for message in messages):
        ctx.exit(1)


def _found(ctx: click.Context) -> list[CheckMessage]:
    messages = _of_settings()
    if messages:
        # Whatever reads a setting would repeat what is wrong with the settings.
        return [*messages, *_of_commands(ctx, settings_are_read=False)]
    messages = [*_of_checks(), *_of_commands(ctx, settings_are_read=True)]
    adapter = ctx.find_object(FlexibleAdapter)
    if adapter and adapter.project:
        messages += check_application(adapter.project, messages)
    return messages


def _of_settings() -> list[CheckMessage]:
    try:
        with foreign_code("the settings"):
            problems = check_settings()
    except CommandLineError as error:
        problems = [str(error)]
    return [CheckMessage("openviper.core.settings", Severity.ERROR, problem) for problem in problems]


def _of_checks() -> list[CheckMessage]:
    try:
        with foreign_code("a check or an installed app"):
            return run_checks()
    except CommandLineError as error:
        return [
            CheckMessage("openviper.checks.failed", Severity.ERROR, str(error), "no other check was run to its end")
        ]


def _of_commands(ctx: click.Context, *, settings_are_read: bool) -> list[CheckMessage]:
    group = ctx.parent and ctx.parent.command
    if not isinstance(group, Viperctl):
        return []
    own = group.own_commands(ctx) if settings_are_read else OwnCommands()
    return list(check_commands(group.catalogue, own))


def _as_json(message: CheckMessage) -> dict[str, str | None]:
    return {
        "id": str(message.id),
        "severity": message.severity.name,
        "message": str(message.message),
        "hint": None if message.hint is None else str(message.hint),
    }


def _show(message: CheckMessage, columns: int | None) -> None:
    severity = message.severity.name
    text = _filled(f"{severity} {harmless_line(f'{message.id}: {message.message}')}", columns, hanging=2)
    click.echo(click.style(severity, fg=_COLORS[message.severity]) + text.removeprefix(severity))
    if message.hint:
        click.echo(_filled(harmless_line(str(message.hint)), columns, indent=4))


def _filled(text: str, columns: int | None, *, indent: int = 0, hanging: int = 0) -> str:
    """Return a line, or as many as a terminal needs that is so wide; no word is cut."""
    first, others = " " * indent, " " * (indent + hanging)
    if columns is None:
        return first + text
    # Only a terminal needs it.
    from textwrap import fill  # noqa: PLC0415

    width = max(columns, _LEAST)
    return fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _summary(messages: Sequence[CheckMessage]) -> str:
    if not messages:
        return "No problems found."
    counts = Counter(message.severity for message in messages)
    return ", ".join(f"{counts[each]} {each.name}" for each in sorted(counts, reverse=True))
