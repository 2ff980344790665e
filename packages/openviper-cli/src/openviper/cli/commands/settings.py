"""``viperctl settings``: what the project runs with, and where each value comes from."""

from __future__ import annotations

import sys
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from openviper.cli._foreign_code import foreign_code
from openviper.cli._json_output import say_json
from openviper.conf import Explanation, explain_settings
from openviper.core.imports import closest
from openviper.core.terminal_text import columns_of, harmless_line, table

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["settings"]

#: Columns of a value: no more in a table, and no fewer however narrow the terminal is.
_MOST, _LEAST, _ENDLESS = 120, 20, sys.maxsize


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--changed", "is_changed", is_flag=True, default=False, help="Leave out what has its default.")
@click.option("--json", "is_json", is_flag=True, default=False, help="Print them as JSON.")
@click.pass_context
def settings(ctx: click.Context, names: tuple[str, ...], is_changed: bool, is_json: bool) -> None:
    """Show the settings, and where each value comes from.

    All of them, those of installed distributions too, or the NAMEd ones, each whole in a line of its own. Secrets are
    masked. Exits with 1 where one that is shown cannot be used.
    """
    with foreign_code("the settings"):
        report = explain_settings()
    found = _named(ctx, report.settings, names) if names else report.settings
    found = [each for each in found if not (is_changed and each.is_default)]
    problems = () if names else report.problems
    if is_json:
        say_json([_as_json(each) for each in found])
    else:
        _show(found, in_lines=bool(names))
    for problem in problems:
        click.echo(f"Error: {harmless_line(problem)}", err=True)
    if problems or any(each.problem for each in found):
        ctx.exit(1)


def _named(ctx: click.Context, found: Sequence[Explanation], names: Sequence[str]) -> list[Explanation]:
    known = {each.name: each for each in found}
    for name in names:
        if name not in known:
            raise click.BadParameter(f"there is no setting {name!r}{closest(name, known)}", ctx, param_hint="'NAME'")
    return [known[name] for name in dict.fromkeys(names)]


def _as_json(setting: Explanation) -> dict[str, Any]:
    return {
        "name": setting.name,
        "value": setting.masked_json,
        "source": setting.source or None,
        "type": setting.type_name,
        "problem": setting.problem or None,
    }


def _show(found: Sequence[Explanation], *, in_lines: bool) -> None:
    if not found:
        click.echo("Every setting has its default.", err=True)
    elif in_lines:
        for each in found:
            click.echo(_line(each))
    else:
        for line in _table(found):
            click.echo(line)


def _line(setting: Explanation) -> str:
    if setting.problem:
        return _wrong(setting.problem)
    text = f"{setting.name}: {setting.type_name} = {setting.masked_text} ({setting.source})"
    return harmless_line(text)


def _table(found: Sequence[Explanation]) -> list[str]:
    """Return a line for each; a block of lines where a terminal has no room for a table."""
    # The value stands last: it is the only one that may be cut, and needs no spaces behind it.
    rows = [("NAME", "SOURCE"), *((each.name, _source(each)) for each in found)]
    firsts = table(rows)
    width = max(map(columns_of, firsts)) + 2
    columns = _terminal_columns()
    if columns - width >= _LEAST:
        firsts = [f"{first}{' ' * (width - columns_of(first))}" for first in firsts]
    else:
        firsts, width = [f"{name}\n  {source}\n  " for name, source in rows], 2
    # What a program reads is whole.
    room = columns if columns == _ENDLESS else min(_MOST, max(_LEAST, columns - width))
    lasts = ["VALUE", *(_wrong(each.problem) if each.problem else _cut(each.masked_text, room) for each in found)]
    return [f"{first}{last}" for first, last in zip(firsts, lasts, strict=True)]


def _terminal_columns() -> int:
    # A stdout that is closed is None.
    if sys.stdout is not None and sys.stdout.isatty():  # pyright: ignore[reportUnnecessaryComparison]
        return get_terminal_size().columns
    return _ENDLESS


def _source(setting: Explanation) -> str:
    # The name of the variable stands beside it.
    return harmless_line(setting.source.removeprefix(f"OPENVIPER_{setting.name}, ")) or "-"


def _wrong(problem: str) -> str:
    return click.style(harmless_line(problem), fg="red")


def _cut(text: str, room: int) -> str:
    # Far more than can be shown is not measured.
    line = harmless_line(text[: 2 * room])
    if columns_of(line) <= room and len(text) <= 2 * room:
        return line
    while columns_of(line) >= room:
        line = line[:-1]
    return f"{line}…"
