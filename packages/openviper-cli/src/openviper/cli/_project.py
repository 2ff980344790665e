"""Finding the project that a command works on: ``--settings``, the command's target, else as the settings are found.

Nothing is written, imported or changed here.
"""

# pathlib costs more than finding the project, and most commands need no more than its text.
# ruff: noqa: PTH118, PTH119

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from openviper.cli._project_targets import target_settings
from openviper.cli.errors import ProjectError
from openviper.core._regular_files import check_readable
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import locate
from openviper.core.projects import FoundSettings, Root, find_settings, roots_with, settings_named

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Project", "as_path", "find_project"]


def as_path(folder: str | os.PathLike[str]) -> Path:
    """Return a folder as a path."""
    from pathlib import Path  # noqa: PLC0415 - as above

    return Path(folder)


class Project(NamedTuple):
    """A project that was found; its settings are not loaded yet."""

    #: ``"mysite.settings"``; ``"settings"`` in the root layout.
    settings_module: str
    #: The project's own folder, absolute.
    folder: str
    #: What must stand on ``sys.path``: the folder, or ``src`` in it.
    import_folder: str
    #: How it was found, for messages: ``"--settings"``, ``"OPENVIPER_SETTINGS_MODULE"``, ...
    source: str

    @property
    def root(self) -> Path:
        """The folder."""
        return as_path(self.folder)

    @property
    def import_root(self) -> Path:
        """The folder that its modules are imported from."""
        return as_path(self.import_folder)

    @property
    def package(self) -> str | None:
        """The package that holds the settings; ``None`` in the root layout."""
        return self.settings_module.partition(":")[0].rpartition(".")[0] or None

    @property
    def name(self) -> str:
        """The package's name, or the folder's in the root layout."""
        return self.package or os.path.basename(self.folder)

    @property
    def found(self) -> FoundSettings:
        """The same, as core has it."""
        return FoundSettings(self.settings_module, self.source, (Root(self.folder, self.import_folder),))

    def to_install(self, app: str) -> str:
        """Say what makes a package an installed app."""
        return f'add to INSTALLED_APPS of {self.settings_module.partition(":")[0]}: "{app}"'

    def __str__(self) -> str:
        return f"{self.name} in {self.folder}, settings {self.settings_module} (found by {self.source})"


def find_project(
    directory: str | os.PathLike[str], *, settings: str | None = None, target: str | None = None
) -> Project | None:
    """Find the project that a command works on; ``None`` where nothing says that there is one.

    Args:
        directory: Where to look, absolute; usually the current directory.
        settings: A settings module, the value of ``--settings``.
        target: ``"."`` (the project of ``directory``, whatever the environment says) or a module path relative to it.

    Raises:
        ProjectError: A name is no module, a target has no project, several projects could be meant, or
            ``pyproject.toml`` or ``.env`` cannot be read.
    """
    try:
        found = _find(os.fspath(directory), settings, target)
        return None if found is None else _located(found)
    except ImproperlyConfigured as error:
        raise ProjectError(str(error)) from error


def _find(directory: str, settings: str | None, target: str | None) -> FoundSettings | None:
    if settings is not None:
        return settings_named(settings, "--settings", directory)
    if target not in (None, "."):
        return target_settings(str(target), directory)
    found = find_settings(directory, here_first=target == ".")
    if found is None and target == ".":
        why = "" if os.access(directory, os.R_OK) else " (it cannot be listed: permission denied)"
        raise ProjectError(
            f"there is no project in {directory}{why}: neither it nor a folder in it has a settings.py with a class "
            f"Settings of OpenViper's, and there is no [tool.openviper] settings in a pyproject.toml; change to the "
            f"project's folder or name its settings: --settings mysite.settings"
        )
    return found


def _located(found: FoundSettings) -> Project:
    module = found.module_name
    holding = roots_with(module, found.roots)
    if holding:
        beside = [root.path for root in holding if root.project == holding[0].project]
        if len(beside) > 1:
            raise ProjectError(
                f"{module} ({found.found_by}) stands in {' and in '.join(beside)}; move or rename one of the folders"
            )
        return _checked(Project(found.module, holding[0].project, beside[0], found.found_by))
    return _installed(found, module)


def _installed(found: FoundSettings, module: str) -> Project:
    """Return the project whose settings stand in none of its folders."""
    home = found.roots[0].project
    location = locate(module) or locate(module, [home])
    if location is None or location.file is None:
        _check_readable(found)
    if location is None:
        raise ProjectError(f"there is no module {module!r} ({found.found_by}), neither in {home} nor installed")
    if location.file is None and location.folder is not None:
        raise ProjectError(
            f"{module!r} ({found.found_by}) is the folder {location.folder} without an __init__.py, and no settings "
            f"module; expected one like 'mysite.settings'"
        )
    return Project(found.module, home, home, found.found_by)


def _check_readable(found: FoundSettings) -> None:
    for root in found.roots:
        try:
            check_readable(root.path, found.module_name)
        except ImproperlyConfigured as error:
            raise ProjectError(f"{found.module_name!r} ({found.found_by}) cannot be found: {error}") from error


def _checked(project: Project) -> Project:
    top = project.settings_module.partition(":")[0].partition(".")[0]
    if top in sys.stdlib_module_names:
        raise ProjectError(
            f"{project.settings_module} in {project.import_folder} cannot be imported: {top!r} is a module of the "
            f"standard library; rename the folder"
        )
    loaded = getattr(sys.modules.get(top), "__file__", None)
    if loaded is not None and not _is_inside(loaded, project.import_folder):
        raise ProjectError(
            f"{project.settings_module} in {project.import_folder} cannot be imported: another {top!r} is in use "
            f"already, {loaded}; rename the folder"
        )
    return project


def _is_inside(file: str, folder: str) -> bool:
    return os.path.realpath(file).startswith(os.path.join(os.path.realpath(folder), ""))
