"""How a distribution offers commands to ``openviper viperctl``.

One entry point a distribution, group ``openviper.commands``, whose value is ``openviper._commands.NAME:COMMANDS``: a
tuple of :class:`LazyCommand`. ``openviper._commands`` is a namespace package, so reading the manifest imports no
package's ``__init__`` and no command::

    COMMANDS = (
        LazyCommand("backup-db", "openviper.backup.commands:backup_db", "Create a backup archive.", target="dot"),
    )
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["LazyCommand", "TargetPolicy"]

#: Which first positional argument is the project and not the command's own: ``"none"`` takes none, ``"dot"`` exactly
#: ``.``, ``"module"`` also a dotted name, or a bare word whose settings module exists.
TargetPolicy: TypeAlias = Literal["none", "dot", "module"]


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command that is imported only when it runs or shows its own help."""

    #: As typed: ``backup-db``.
    name: str
    #: ``module:attribute`` of a ``click.Command``.
    import_path: str
    #: One line for ``viperctl --help``.
    short_help: str
    target: TargetPolicy = "none"
    #: Of little use without a project; where there is none, a note says so, and the command runs with the defaults.
    expects_project: bool = False
