"""The project that a command's target names: a folder below the current one, or a module of it."""

# pathlib costs more than finding the project.
# ruff: noqa: PTH112, PTH113, PTH118

from __future__ import annotations

import os

from openviper.cli.errors import ProjectError
from openviper.core.errors import ImproperlyConfigured
from openviper.core.projects import (
    FoundSettings,
    Root,
    find_settings,
    has_module,
    roots_of,
    roots_with,
    settings_within,
)

__all__ = ["names_project", "target_settings"]


def names_project(word: str, directory: str | os.PathLike[str]) -> bool:
    """Tell whether ``word`` is a folder of ``directory`` (or ``src``) with settings, or a project itself."""
    folder = os.fspath(directory)
    try:
        return bool(roots_with(f"{word}.settings", roots_of(folder))) or _own_project(word, folder) is not None
    except ImproperlyConfigured:
        # Finding it says why.
        return True


def target_settings(target: str, directory: str) -> FoundSettings:
    """Find the settings of ``apps.shop``: its own, else the nearest above it, else those of ``directory``.

    Where a folder of the name is a project itself, they are what a command called in it would find.

    Raises:
        ProjectError: There are none.
        ImproperlyConfigured: As :func:`openviper.core.projects.find_settings`.
    """
    roots = [root for root in roots_of(directory) if _holds(root.path, target)]
    found = _own_project(target, directory) or _nearest(target, roots, directory) if roots else None
    if found is None:
        path = target.replace(".", "/")
        raise ProjectError(
            f"{target!r} is no project of {directory}: there is neither {path}/settings.py nor src/{path}/settings.py, "
            f"and no project stands in {path}"
        )
    return found


def _nearest(target: str, roots: list[Root], directory: str) -> FoundSettings | None:
    package = target
    while package:
        holding = roots_with(f"{package}.settings", roots)
        if holding:
            return FoundSettings(f"{package}.settings", f"the target {target}", holding)
        package = package.rpartition(".")[0]
    return find_settings(directory, here_first=True)


def _own_project(target: str, directory: str) -> FoundSettings | None:
    """Find the settings of the innermost folder of the target that is a project of its own."""
    package = target
    while package:
        folder = os.path.join(directory, *package.split("."))
        is_marked = os.path.isfile(os.path.join(folder, "pyproject.toml"))
        # Without that file a folder is a part of the project that this one or the environment names, and one of a
        # dotted name is a package.
        found = settings_within(folder) if is_marked or package == target else None
        if found is not None and (is_marked or not _is_in_project(directory)):
            return found
        package = package.rpartition(".")[0]
    return None


def _is_in_project(directory: str) -> bool:
    try:
        return find_settings(directory) is not None
    except ImproperlyConfigured:
        return True


def _holds(folder: str, name: str) -> bool:
    return os.path.isdir(os.path.join(folder, *name.split("."))) or has_module(folder, name)
