"""The commands of the project that is in force: its settings say which apps it has, and the apps' folders the rest."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple

from openviper.cli._failure_lines import failure_line
from openviper.cli._foreign_code import foreign_code, quietly
from openviper.cli._project_commands import CommandFile, find_commands, may_hold_command
from openviper.cli.errors import CommandLineError
from openviper.conf import ImproperlyConfigured, settings
from openviper.core.distributions import COMMANDS
from openviper.core.imports import closest
from openviper.core.root_layout import has_root_layout
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from openviper.cli._project import Project

__all__ = ["OwnCommands", "is_inside", "own_commands"]


class OwnCommands(NamedTuple):
    """What a project offers."""

    project: Project | None = None
    #: Name -> files; more than one is a conflict.
    files: Mapping[str, tuple[CommandFile, ...]] = {}
    #: Path below the project -> why it is no command.
    unusable: Mapping[str, str] = {}
    #: A line, where they cannot be known, and what was raised.
    problem: str | None = None
    cause: Exception | None = None

    def file(self, name: str) -> CommandFile | None:
        """Return the file of a command.

        Raises:
            CommandLineError: Several apps have it.
        """
        files = self.files.get(name, ())
        if len(files) > 1:
            places = " and ".join(f"{each.owner} ({harmless_line(each.path)})" for each in files)
            raise CommandLineError(f"{name!r} is offered by {places}; rename one of them")
        return files[0] if files else None

    def check_known(self, name: str, others: Iterable[str]) -> None:
        """Refuse to look for a command that may be one of those that are not known.

        Args:
            name: As typed.
            others: The commands of distributions, for it may be a slip too.

        Raises:
            CommandLineError: A folder of the project could hold it.
        """
        if self.project and self.problem and may_hold_command(self.project.import_folder, name):
            near = closest(name, others)
            raise CommandLineError(f"{name!r} cannot be found, for {self.problem}{near}") from self.cause

    def check_read(self, name: str, others: Iterable[str]) -> None:
        """Refuse to say that there is no such command where a folder that may hold it could not be read.

        Args:
            name: As typed.
            others: All commands that are known, for it may be a slip too.

        Raises:
            CommandLineError: There is such a folder.
        """
        for path, reason in self.unusable.items():
            # Where a documented command comes from is known.
            if name not in COMMANDS and self.project and not path.endswith(".py"):
                place = os.path.join(self.project.folder, path)  # noqa: PTH118 - pathlib would take longer
                raise CommandLineError(f"{name!r} cannot be found: {place}: {reason}{closest(name, others)}")


def own_commands(project: Project | None, taken: Collection[str] = (), *, quiet: bool = False) -> OwnCommands:
    """Return the commands of ``project``'s apps; this loads its settings.

    Args:
        project: The one in force, or ``None``.
        taken: Names that distributions offer. Only an app in the project's own folder may take such a name from them.
        quiet: Nothing that the settings print or log is shown; else it goes to stderr.
    """
    if project is None:
        return OwnCommands()
    root = project.folder
    try:
        with quietly() if quiet else nullcontext(), foreign_code("the settings"):
            apps = settings.INSTALLED_APPS
        found = find_commands(apps, root if has_root_layout(root) else None)
    except Exception as error:  # whatever a settings module raises
        known = isinstance(error, ImproperlyConfigured | CommandLineError)
        reason = _first_line(error) if known else failure_line(error)
        problem = f"the commands of {harmless_line(project.name)} are not known: {reason}"
        return OwnCommands(project, problem=problem, cause=error)
    files = {name: _left(each, name in taken, root) for name, each in found.files.items()}
    unusable = {harmless_line(os.path.relpath(path, root)): reason for path, reason in found.unusable.items()}
    return OwnCommands(project, {name: each for name, each in files.items() if each}, unusable)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return harmless_line(lines[0]) + more


def _left(files: tuple[CommandFile, ...], is_taken: bool, root: str) -> tuple[CommandFile, ...]:
    return tuple(each for each in files if is_inside(each.path, root)) if is_taken else files


def is_inside(path: str, root: str) -> bool:
    """Tell whether a file is the own of the project in ``root``."""
    below = os.path.relpath(os.path.realpath(path), os.path.realpath(root))
    # An environment in the project's folder is not the project's own.
    return not {os.pardir, "site-packages"}.intersection(below.split(os.sep))  # noqa: PTH206 - pathlib would take longer
