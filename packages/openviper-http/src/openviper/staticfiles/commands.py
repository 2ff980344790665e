"""The command ``collectstatic`` of ``openviper viperctl``."""

from __future__ import annotations

import json
import sys

import click

from openviper.core.stop_signals import ended_by_signals

from ._collecting import Collected, collect
from ._places import shown
from .errors import StaticFilesError

__all__ = ["collectstatic"]


@click.command()
@click.option("--no-input", is_flag=True, help="Do not ask before --clear removes files.")
@click.option("--clear", is_flag=True, help="Remove what an earlier run has put there and this one does not.")
@click.option("--overwrite", is_flag=True, help="Replace files that were not put there by collectstatic too.")
@click.option("--dry-run", is_flag=True, help="Change nothing, and list what would be done.")
@click.option("--json", "is_json", is_flag=True, help="Print what was done as JSON.")
def collectstatic(no_input: bool, clear: bool, overwrite: bool, dry_run: bool, is_json: bool) -> None:
    """Copy the project's static files into STATIC_ROOT.

    They are those of STATICFILES_DIRS, then of each installed app's static/ folder; the first file of a name is taken.
    Files that are there already, with the same content, are left alone. What collectstatic has not put there, or was
    changed since, is never removed, and replaced with --overwrite alone. Nothing is removed before all else is done.
    """
    with ended_by_signals():
        result = collect(clear=clear, overwrite=overwrite, dry_run=dry_run, confirm=None if no_input else _confirm)
    for conflict in result.conflicts:
        click.echo(f"Note: {conflict}", err=True)
    for warning in result.warnings:
        click.echo(f"{click.style('Warning:', fg='yellow')} {warning}", err=True)
    if is_json:
        click.echo(json.dumps(_as_json(result, dry_run=dry_run), indent=2))
    elif dry_run:
        for name, path in result.written.items():
            click.echo(f"collect {shown(name)} from {shown(path)}" if path else f"write {shown(name)}")
        for name in result.removed:
            click.echo(f"remove {shown(name)}")
    click.echo(_summary(result, would_be="would be " if dry_run else ""), err=True)


def _confirm(planned: Collected) -> bool:
    if not (sys.stdin is not None and sys.stdin.isatty()):
        raise StaticFilesError(
            f"--clear asks before it removes files, here {len(planned.removed)}, and there is no terminal to ask on; "
            "add --no-input"
        )
    click.echo(
        f"{_files(len(planned.collected))} will be collected into {shown(planned.root)}, and "
        f"{len(planned.removed)} removed that an earlier run has put there.",
        err=True,
    )
    return click.confirm("Go on?", err=True)


def _summary(result: Collected, *, would_be: str) -> str:
    removed = f", {len(result.removed)} {would_be}removed" if result.removed else ""
    return (
        f"{_files(len(result.collected))} {would_be}collected into {shown(result.root)}, "
        f"{result.unchanged} unchanged{removed}"
    )


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"


def _as_json(result: Collected, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "static_root": str(result.root),
        "collected": {name: str(path) for name, path in result.collected.items()},
        "written": list(result.written),
        "unchanged": result.unchanged,
        "removed": result.removed,
        "conflicts": result.conflicts,
        "warnings": result.warnings,
    }
