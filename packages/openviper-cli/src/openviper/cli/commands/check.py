"""``viperctl check``: problems in the settings and the installed apps, before anything is started."""

from __future__ import annotations

from collections import Counter

import click

from openviper.conf import check_settings
from openviper.core.checks import CheckMessage, Severity, run_checks

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
@click.pass_context
def check(ctx: click.Context, fail_level: str) -> None:
    """Find problems in the settings and the installed apps.

    Exits with 1 where a message of --fail-level or worse is found.
    """
    messages = [CheckMessage("openviper.core.settings", Severity.ERROR, problem) for problem in check_settings()]
    # Each check that reads a setting would repeat what is wrong with the settings.
    messages = messages or run_checks()
    for message in messages:
        _show(message)
    click.echo(_summary(messages), err=True)
    if any(message.severity >= Severity[fail_level.upper()] for message in messages):
        ctx.exit(1)


def _show(message: CheckMessage) -> None:
    severity = click.style(message.severity.name, fg=_COLORS[message.severity])
    click.echo(f"{severity} {message.id}: {message.message}")
    if message.hint:
        click.echo(f"    {message.hint}")


def _summary(messages: list[CheckMessage]) -> str:
    if not messages:
        return "No problems found."
    counts = Counter(message.severity for message in messages)
    return ", ".join(f"{counts[each]} {each.name}" for each in sorted(counts, reverse=True))
