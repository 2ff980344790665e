"""``viperctl apps``: the installed apps, what they bring, and how long they take to become ready."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from openviper.cli._app_contents import AppContents, contents_of, contents_of_folder
from openviper.cli._fitted_table import fitted_table
from openviper.cli._foreign_code import foreign_code
from openviper.cli._json_output import say_json
from openviper.conf import settings
from openviper.core.app_resolver import AppResolver, app_names, explain_missing
from openviper.core.terminal_text import harmless_line, table

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["apps"]


@dataclass(frozen=True, slots=True)
class _App:
    name: str
    #: In INSTALLED_APPS; ``None``: the project's own folder, in the root layout.
    index: int | None
    #: ``None``: not found, or built in.
    folder: Path | None
    contents: AppContents
    is_found: bool = True
    #: ``None``: it was not started.
    ready_ms: float | None = None


@click.command()
@click.option(
    "--ready",
    "is_started",
    is_flag=True,
    default=False,
    help="Start them, show how long each took, and shut them down.",
)
@click.option("--json", "is_json", is_flag=True, default=False, help="Print them as JSON.")
def apps(is_started: bool, is_json: bool) -> None:
    """List the installed apps, and what each brings.

    They stand in the order of INSTALLED_APPS, and none is imported. With --ready they are started and shut down again,
    and stand in the order in which they became ready.
    """
    with foreign_code("the settings"):
        resolver = AppResolver(app_names(settings.INSTALLED_APPS))
        found = _installed(resolver)
    if is_started:
        found = _by_readiness(found, _ready_seconds())
    if is_json:
        say_json([_as_json(each) for each in found])
        return
    if not found:
        click.echo("No apps are installed: INSTALLED_APPS is empty.", err=True)
        return
    _show(found, resolver.root, with_times=is_started)


def _installed(resolver: AppResolver) -> list[_App]:
    found = [_app(resolver, name, index) for index, name in enumerate(resolver.apps)]
    if resolver.root_is_app() and resolver.root not in [each.folder for each in found]:
        found.append(_App(resolver.root.name, None, resolver.root, contents_of_folder(resolver.root)))
    return found


def _app(resolver: AppResolver, name: str, index: int) -> _App:
    location = resolver.locate(name)
    if location is None:
        return _App(name, index, None, AppContents(), is_found=False)
    return _App(name, index, location.folder, contents_of(location))


def _ready_seconds() -> dict[str, float]:
    """Start the installed apps and shut them down; return how long each took, in the order of becoming ready."""
    # Only here anything is started.
    import asyncio  # noqa: PLC0415

    from openviper.cli._apps_running import apps_running  # noqa: PLC0415
    from openviper.core.stop_signals import ended_by_signals  # noqa: PLC0415

    async def start_and_stop() -> dict[str, float]:
        async with apps_running() as started:
            return {each.name: each.seconds for each in started.apps}

    with ended_by_signals():
        return asyncio.run(start_and_stop())


def _by_readiness(found: list[_App], seconds: dict[str, float]) -> list[_App]:
    """Sort by the order of becoming ready, those last that did not; each with its milliseconds."""
    order = {name: position for position, name in enumerate(seconds)}
    timed = [
        replace(each, ready_ms=seconds[each.name] * 1000) if each.index is not None and each.name in seconds else each
        for each in found
    ]
    return sorted(timed, key=lambda each: len(order) if each.ready_ms is None else order[each.name])


def _as_json(app: _App) -> dict[str, Any]:
    return {
        "name": app.name,
        "index": app.index,
        "found": app.is_found,
        "folder": None if app.folder is None else str(app.folder),
        "brings": list(app.contents.brings),
        "commands": list(app.contents.commands),
        "problem": _problem(app) or None,
        "ready_ms": None if app.ready_ms is None else round(app.ready_ms, 3),
    }


def _problem(app: _App) -> str:
    if not app.is_found:
        return f"not found, so start-up skips it{explain_missing(app.name)}"
    return app.contents.problem


def _show(found: list[_App], root: Path, *, with_times: bool) -> None:
    # What a program reads is whole.
    is_terminal = sys.stdout.isatty()
    head = ("APP", *(("READY",) if with_times else ()), "BRINGS", "FOLDER")
    rows = [head, *(_row(each, root if is_terminal else None, with_times=with_times) for each in found)]
    lines = fitted_table(rows, get_terminal_size().columns) if is_terminal else table(rows)
    click.echo(lines[0])
    for line, app in zip(lines[1:], found, strict=True):
        click.echo(line)
        if problem := _problem(app):
            click.echo(f"    {click.style(harmless_line(problem), fg='yellow')}")


def _row(app: _App, root: Path | None, *, with_times: bool) -> tuple[str, ...]:
    name = app.name if app.index is not None else f"{app.name} (the project)"
    # 0 is no measure: there was no ready() to call.
    time = (f"{app.ready_ms:.1f} ms" if app.ready_ms else "-",) if with_times else ()
    return (harmless_line(name), *time, ", ".join(app.contents.brings) or "-", harmless_line(_folder(app, root)))


def _folder(app: _App, root: Path | None) -> str:
    if app.folder is None:
        return "-"
    if root is not None and app.folder.is_relative_to(root):
        return str(app.folder.relative_to(root))
    return str(app.folder)
