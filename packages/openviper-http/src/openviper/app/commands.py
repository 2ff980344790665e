"""The command ``routes`` of ``openviper viperctl``."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence

import click

from openviper.core.applications import parse_application, project_application
from openviper.core.projects import find_settings, search_folder
from openviper.core.terminal_text import columns_of, harmless_line, table

from ._finding import load_application
from ._listing import ListedRoute, as_json, list_routes, matching

__all__ = ["routes"]

_HEADER = ("METHODS", "PATH", "NAME", "HANDLER", "MARKS")


def _application(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else parse_application(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


@click.command()
@click.argument("pattern", required=False)
@click.option(
    "--app",
    callback=_application,
    metavar="APP",
    help="Instead of the project's: module or module:attribute (by default app).",
)
@click.option("--json", "is_json", is_flag=True, help="Print them as JSON.")
def routes(pattern: str | None, app: str | None, is_json: bool) -> None:
    """List the routes of the project's application.

    In the order in which they are matched. PATTERN stands in the path, the name or the handler of those that are
    listed; with * or ? it is like the whole of one. The application is imported, and not started.
    """
    application = app or project_application(find_settings(search_folder()), "--app")
    found = list_routes(load_application(application))
    chosen = found if pattern is None else matching(found, pattern)
    if is_json:
        click.echo(json.dumps([as_json(each) for each in chosen], indent=2))
    elif chosen:
        click.echo("\n".join(_lines(list(_rows(chosen)))))
    if not chosen:
        those = (
            f"no route of {application} is like {harmless_line(pattern)!r}"
            if pattern
            else f"{application} has no routes"
        )
        click.echo(those, err=True)


def _rows(listed: Iterable[ListedRoute], depth: int = 0) -> Iterator[tuple[str, ...]]:
    for each in listed:
        cells = (", ".join(each.methods), each.path, each.name, each.handler, ", ".join(each.marks))
        methods, *others = (harmless_line(cell) for cell in cells)
        yield ("  " * depth + methods, *others)
        yield from _rows(each.routes, depth + 1)


def _lines(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return a table, or a block for each route on a terminal that is too narrow for it."""
    lines = table([_HEADER, *rows])
    # A program that is started without it has no stdout at all.
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    if not is_terminal or max(map(columns_of, lines)) <= shutil.get_terminal_size().columns:
        return lines
    blocks: list[str] = []
    for methods, path, *others in rows:
        indent = " " * (len(methods) - len(methods.lstrip()) + 2)
        blocks += [f"{methods} {path}", *(f"{indent}{other}" for other in others if other)]
    return blocks
