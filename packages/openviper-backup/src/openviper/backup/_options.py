"""Options that not every engine has: one that is given to another is refused, before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from openviper.backup.engines.base import DumpOptions, RestoreOptions
from openviper.backup.errors import InvalidInput

if TYPE_CHECKING:
    from openviper.backup.engines.base import BackupEngine

__all__ = ["check_options", "several"]

# Fields of DumpOptions and RestoreOptions, and what the command line calls them.
_OPTIONS = {
    "count_rows": "--count-rows",
    "globals_file": "--globals",
    "in_place": "--in-place",
    "keep_old": "--keep-old",
    "analyze": "--no-analyze",
    "maintenance_db": "--maintenance-db",
    "no_owner": "--no-owner",
    "no_acl": "--no-acl",
    "skip_settings": "--skip-setting",
    "skip_definer": "--skip-definer",
    "server_folder": "--server-dir",
}


def check_options(engine: BackupEngine, options: DumpOptions | RestoreOptions) -> None:
    """Refuse what an engine does not have, and what excludes each other.

    Raises:
        InvalidInput: It is named as on the command line.
    """
    for each in fields(options):
        name = _OPTIONS.get(each.name)
        if name and each.name not in engine.options and getattr(options, each.name) != each.default:
            raise InvalidInput(f"{name} is not for {engine.title}")
    if isinstance(options, RestoreOptions) and options.in_place and options.keep_old:
        raise InvalidInput("--keep-old and --in-place are given: expected one of them; --in-place leaves no old data")


def several(values: str | Sequence[str]) -> tuple[str, ...]:
    """Return the values of an option that may be repeated; a text is one of them, and not its letters."""
    return (values,) if isinstance(values, str) else tuple(values)
