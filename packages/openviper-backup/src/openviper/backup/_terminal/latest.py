"""FILE of a command, or the newest backup of its database by ``--latest``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from openviper.backup._terminal.configured import chosen_url
from openviper.backup._terminal.folders import folder
from openviper.backup._terminal.reports import say_notes
from openviper.backup._terminal.running import run_to_end
from openviper.backup.latest import latest_backup

if TYPE_CHECKING:
    from openviper.backup.retention import StoredBackup

__all__ = ["file_or_latest"]

_PARAMETERS = (
    click.argument("file", required=False, metavar="[FILE]"),
    click.option("--latest", is_flag=True, help="The newest backup of the database, whatever its name, not a FILE."),
    click.option("--path", metavar="DIR", callback=folder, help="With --latest: the folder.  [default: ./backup]"),
    click.option("--name", help="With --latest: only backups that are called this."),
)


def file_or_latest(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command with ``--db`` its ``file``: FILE, or the newest of the database's in a folder.

    Its ``notes`` are what is to be said of the choice in JSON; without ``--json`` it is said before the work begins.
    """

    @wraps(command)
    def choosing(file: str | None, latest: bool, path: str | None, name: str | None, **options: Any) -> None:
        if latest and file is not None:
            raise click.UsageError("FILE and --latest are given: expected one of them")
        if latest and (options.get("resume") or options.get("undo")):
            raise click.UsageError(
                "--latest is not for --resume and --undo: expected the FILE of the restore that was killed"
            )
        if not latest:
            command(file=_named(file, path, name), notes=(), **options)
            return
        found = _newest("./backup" if path is None else path, name, options)
        if not options["is_json"]:
            say_notes(found.notes)
        command(file=str(found.file), notes=found.notes if options["is_json"] else (), **options)

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


def _newest(path: str, name: str | None, options: dict[str, Any]) -> StoredBackup:
    url = chosen_url(options["db"], options["alias"])
    return run_to_end(lambda _: latest_backup(url, path, name=name), outcome="nothing was done")
