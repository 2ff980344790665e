"""FILE of a command, or the newest backup of its database by ``--latest``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from openviper.backup._terminal.configured import chosen_url
from openviper.backup._terminal.folders import folder
from openviper.backup._terminal.reports import say_notes
from openviper.backup._terminal.running import run_to_end
from openviper.backup.latest import latest_backup

__all__ = ["file_or_latest"]

_PARAMETERS = (
    click.argument("file", required=False, metavar="FILE"),
    click.option("--latest", is_flag=True, help="The newest backup of the database, instead of FILE."),
    click.option("--path", metavar="DIR", callback=folder, help="With --latest: the folder.  [default: ./backup]"),
    click.option("--name", help="With --latest: what the backups are called, instead of the database."),
)


def file_or_latest(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command with ``--db`` its ``file``: FILE, or the newest of the database's in a folder."""

    @wraps(command)
    def choosing(file: str | None, latest: bool, path: str | None, name: str | None, **options: Any) -> None:
        if latest and file is not None:
            raise click.UsageError("FILE is one way, and --latest another")
        if latest and (options.get("resume") or options.get("undo")):
            raise click.UsageError("--resume and --undo want the FILE of the restore that was killed")
        chosen = _newest(path or "./backup", name, options) if latest else _named(file, path, name)
        command(file=chosen, **options)

    for add in reversed(_PARAMETERS):
        choosing = add(choosing)
    return choosing


def _named(file: str | None, path: str | None, name: str | None) -> str:
    if file is None:
        raise click.UsageError("Missing argument 'FILE', or --latest")
    for option, value in (("--path", path), ("--name", name)):
        if value is not None:
            raise click.UsageError(f"{option} is for --latest; FILE says where it is")
    return file


def _newest(path: str, name: str | None, options: dict[str, Any]) -> str:
    url = chosen_url(options["db"], options["alias"])
    found = run_to_end(lambda _: latest_backup(url, path, name=name), outcome="nothing was done")
    say_notes(found.notes)
    return str(found.file)
