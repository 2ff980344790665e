"""The commands ``list-backups`` and ``prune-backups`` of ``openviper viperctl``."""

from __future__ import annotations

import asyncio
import sys
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from openviper.backup._stored.listing import nothing_of
from openviper.backup._terminal.folders import folder
from openviper.backup._terminal.lines import is_terminal, megabytes, say
from openviper.backup._terminal.reports import say_json, say_notes
from openviper.backup._terminal.running import run_to_end
from openviper.backup.errors import Interrupted
from openviper.backup.retention import list_backups, prune_backups
from openviper.core.terminal_text import columns_of, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from openviper.backup._terminal.progress import ProgressLine
    from openviper.backup.retention import PruneResult, StoredBackup
    from openviper.backup.sidecar import Sidecar

__all__ = ["list_backups_command", "prune_backups_command"]

_HEAD = ("BACKUP", "ENGINE", "BEGUN (UTC)", "SIZE", "ROWS", "ENCRYPTED")
# No line is broken into fewer columns.
_LEAST = 16
_SPACE = "\N{NO-BREAK SPACE}"

_path = click.option(
    "--path", metavar="DIR", default="./backup", show_default=True, callback=folder, help="The folder."
)
_name = click.option("--name", help="Only those of this database, or of this --name.")
_json = click.option("--json", "is_json", is_flag=True, help="Print them as JSON.")


@click.command("list-backups")
@_path
@_name
@_json
def list_backups_command(path: str, name: str | None, is_json: bool) -> None:
    """List the backups of a folder, the newest first.

    A backup that has no sidecar, or another's, or whose end is missing, or that is gone, is named as such. The files
    are not read to their ends: whether one is still what was written, verify-db tells.
    """
    there = run_to_end(lambda _: list_backups(path), outcome="nothing was changed")
    found = [each for each in there if name is None or each.name == name]
    if not found:
        say(f"No backups are in {path}" if name is None else nothing_of(name, path, there), err=True)
    if is_json:
        say_json([_as_json(each) for each in found])
    elif found:
        # What a program reads is whole.
        columns = get_terminal_size().columns if is_terminal(sys.stdout) else None
        head, *lines = _lines([_HEAD, *map(_row, found)], columns)
        say(head)
        for line, backup in zip(lines, found, strict=True):
            say("\n    ".join([line, *_broken(backup.problem or "", columns, 4)]))


def _keep(unit: str, which: str) -> Callable[[Any], Any]:
    return click.option(
        f"--keep-{unit}", type=click.IntRange(min=0), default=0, metavar="N", help=f"Of each database, {which}."
    )


@click.command("prune-backups")
@_path
@_name
@_keep("last", "the newest N")
@_keep("daily", "the newest of each of N days that have any")
@_keep("weekly", "the newest of each of N weeks")
@_keep("monthly", "the newest of each of N months")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@_json
def prune_backups_command(path: str, is_json: bool, **options: Any) -> None:
    """Remove the backups of a folder that no --keep option keeps, with their sidecars.

    The newest one of each database that is good by its checksum stays in any case: whether it can be restored, only
    verify-db tells. Files without a sidecar are left alone.
    """
    keeping = [name for name in options if name.startswith("keep_")]
    if not any(options[name] for name in keeping):
        names = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(keeping))
        raise click.UsageError(f"Nothing says what to keep: expected at least one of {names}, of 1 or more")
    result = run_to_end(
        lambda line: _pruned(path, options, line),
        outcome="what no option keeps may still be there; no backup was removed in part",
    )
    if is_json:
        say_json(_pruned_as_json(result))
    else:
        _report(result)


async def _pruned(path: str, options: Mapping[str, Any], line: ProgressLine) -> PruneResult:
    try:
        return await prune_backups(path, **options, on_progress=line)
    except asyncio.CancelledError as cancelled:
        line.clear()
        if isinstance(cancelled.__cause__, Interrupted):
            say(str(cancelled.__cause__), err=True)
        raise


def _report(result: PruneResult) -> None:
    for each in result.removed:
        say(f"{'Would remove' if result.is_dry else 'Removed'} {each.file}")
    for each in result.left:
        say(f"Left alone {each.file}: {each.problem}")
    freed = f"{megabytes(result.freed)} {'would be' if result.is_dry else 'are'} freed"
    say(f"{len(result.kept)} kept, {len(result.removed)} {'to be removed' if result.is_dry else 'removed'}; {freed}")
    say_notes(result.notes)


def _row(backup: StoredBackup) -> tuple[str, ...]:
    sidecar = backup.sidecar
    engine = sidecar.db_engine if sidecar else "?"
    rows = _rows(sidecar) if sidecar else None
    return (
        backup.file.name,
        engine,
        f"{backup.moment:%Y-%m-%d %H:%M}",
        megabytes(backup.bytes),
        "?" if rows is None else f"{rows:,}",
        (sidecar.encryption or "no") if sidecar else "?",
    )


def _lines(rows: Sequence[tuple[str, ...]], columns: int | None) -> list[str]:
    """Return each row as a line of a table, or as a block of lines on a terminal that is too narrow for it."""
    # The time stands in the name too.
    for each in (rows, [(*row[:2], *row[3:]) for row in rows]):
        lines = table(each)
        if columns is None or max(map(columns_of, lines)) <= columns:
            return lines
    # No line ends within a cell.
    blocks = ((row[0], "  ".join(cell.replace(" ", _SPACE) for cell in row[1:])) for row in rows)
    return ["\n  ".join([name, *_broken(rest, columns, 2)]).replace(_SPACE, " ") for name, rest in blocks]


def _broken(text: str, columns: int | None, indent: int) -> list[str]:
    """Return a text as lines for a terminal, between its words; as one where there is none, and nothing as none."""
    if columns is None:
        return [text] if text else []
    return wrap(text, max(columns - indent, _LEAST), break_on_hyphens=False, break_long_words=False)


def _rows(sidecar: Sidecar) -> int | None:
    return None if sidecar.row_counts is None else sum(sidecar.row_counts.values())


def _as_json(backup: StoredBackup) -> dict[str, Any]:
    sidecar = backup.sidecar
    return {
        "file": str(backup.file),
        "name": backup.name,
        "engine": sidecar.db_engine if sidecar else None,
        "source": sidecar.source if sidecar else None,
        "timestamp": backup.moment.isoformat(),
        "bytes": backup.bytes,
        "rows": _rows(sidecar) if sidecar else None,
        "encryption": sidecar.encryption if sidecar else None,
        "checksum": sidecar.checksum if sidecar else None,
        "problem": backup.problem,
    }


def _pruned_as_json(result: PruneResult) -> dict[str, Any]:
    return {
        "kept": _files(result.kept),
        "removed": _files(result.removed),
        "left": [{"file": str(each.file), "problem": each.problem} for each in result.left],
        "freed": result.freed,
        "dry_run": result.is_dry,
        "notes": list(result.notes),
    }


def _files(backups: Iterable[StoredBackup]) -> list[str]:
    return [str(each.file) for each in backups]
