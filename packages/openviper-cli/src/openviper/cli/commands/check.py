"""``viperctl check``: problems in the settings and the installed apps, before anything is started."""

from __future__ import annotations

import sys
from collections import Counter
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from openviper.cli._foreign_code import foreign_code
from openviper.cli._json_output import say_json
from openviper.cli.errors import CommandLineError
from openviper.conf import check_settings
from openviper.core.checks import CheckMessage, Severity, run_checks
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
    """Find problems in the settings and the installed apps.

    Exits with 1 where a message of --fail-level or worse is found.
    """
    # Each check that reads a setting would repeat what is wrong with the settings.
    messages = _of_settings() or _of_checks()
    if is_json:
        say_json([_as_json(each) for each in messages])
    else:
        columns = get_terminal_size().columns if sys.stdout.isatty() else None
        for message in messages:
            _show(message, columns)
    click.echo(_summary(messages), err=True)
    if any(message.severity >= Severity[fail_level.upper()] for message in messages):
        ctx.exit(1)


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
