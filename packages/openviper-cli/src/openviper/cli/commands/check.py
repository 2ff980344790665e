"""``viperctl check``: problems in the settings and the installed apps, before anything is started."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from openviper.cli._foreign_code import foreign_code
from openviper.cli._json_output import say_json
from openviper.cli.errors import CommandLineError
from openviper.conf import check_settings
from openviper.core.checks import CheckMessage, Severity, run_checks
from openviper.core.flexible_adapter import FlexibleAdapter
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check"]

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
    """Find problems in the settings and the installed apps.

    Exits with 1 where a message of --fail-level or worse is found.
    """
    # Each check that reads a setting would repeat what is wrong with the settings.
    messages = _of_settings() or _of_checks()
    _note_missing_project(ctx)
    if is_json:
        say_json([_as_json(each) for each in messages])
    else:
        for message in messages:
            _show(message)
    click.echo(_summary(messages), err=True)
    if any(message.severity >= Severity[fail_level.upper()] for message in messages):
        ctx.exit(1)


def _note_missing_project(ctx: click.Context) -> None:
    adapter = ctx.find_object(FlexibleAdapter)
    if adapter and adapter.project is None:
        place = harmless_line(str(adapter.directory))
        click.echo(f"Note: no project in {place} or above; only what is installed was checked", err=True)


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


def _as_json(message: CheckMessage) -> dict[str, str | None]:
    return {
        "id": str(message.id),
        "severity": message.severity.name,
        "message": str(message.message),
        "hint": None if message.hint is None else str(message.hint),
    }


def _show(message: CheckMessage) -> None:
    severity = click.style(message.severity.name, fg=_COLORS[message.severity])
    click.echo(f"{severity} {harmless_line(f'{message.id}: {message.message}')}")
    if message.hint:
        click.echo(f"    {harmless_line(str(message.hint))}")


def _summary(messages: Sequence[CheckMessage]) -> str:
    if not messages:
        return "No problems found."
    counts = Counter(message.severity for message in messages)
    return ", ".join(f"{counts[each]} {each.name}" for each in sorted(counts, reverse=True))
