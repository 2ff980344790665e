"""Where a project is: the name of its settings module, and the folders that it is imported from.

Settings and command line both ask here, so that they mean the same project. Nothing is imported, written or changed.
"""

# pathlib costs more than all of this module.
# ruff: noqa: PTH113, PTH118, PTH120, PTH123

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

from openviper.core._project_layout import settings_by_layout
from openviper.core._project_roots import (
    SETTINGS_VARIABLE,
    FoundSettings,
    Root,
    has_module,
    roots_of,
    roots_with,
    settings_root,
)
from openviper.core._regular_files import is_regular_file
from openviper.core.errors import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openviper.conf._environment import Variable

__all__ = [
    "SETTINGS_VARIABLE",
    "FoundSettings",
    "Root",
    "chosen_settings",
    "find_settings",
    "has_module",
    "project_folder",
    "project_root",
    "roots_of",
    "roots_with",
    "search_folder",
    "search_from",
    "settings_named",
    "settings_root",
    "settings_within",
]

_searched: str | None = None
_chosen: FoundSettings | None = None


def search_folder() -> str:
    """Return where this process looks for its project: what :func:`search_from` said, else the current directory.

    Raises:
        ImproperlyConfigured: The current directory was deleted.
    """
    try:
        return _searched or os.getcwd()  # noqa: PTH109 - as above
    except FileNotFoundError as error:
        raise ImproperlyConfigured(
            "the current directory, where the project is looked for, does not exist any more; change to one that does"
        ) from error


def search_from(folder: str | None, chosen: FoundSettings | None = None) -> None:
    """Make ``folder``, absolute, the place where settings, ``.env`` and apps are looked for; ``None``: the current one.

    For a command that was told where its project is. Call it before anything reads a setting; a child process does not
    inherit it.

    Args:
        folder: The project's own.
        chosen: The settings that were found there. Whoever puts them into ``OPENVIPER_SETTINGS_MODULE``, for child
            processes, says so here: who named them is told then, and not that variable.
    """
    global _searched, _chosen
    _searched, _chosen = folder, chosen


def chosen_settings() -> FoundSettings | None:
    """Return what :func:`search_from` was told of the settings, for a child process."""
    return _chosen


def find_settings(
    directory: str, environment: Mapping[str, Variable] | None = None, *, here_first: bool = False
) -> FoundSettings | None:
    """Find the settings module: ``OPENVIPER_SETTINGS_MODULE``, ``[tool.openviper] settings``, then the layout.

    Args:
        directory: Where to look, absolute; the folder of the nearest ``pyproject.toml`` upward counts too.
        environment: The variables, by name; ``None``: those of this process and of the project's ``.env``.
        here_first: What is in the folder goes before the variable.

    Returns:
        ``None``: there is no project.

    Raises:
        ImproperlyConfigured: A name is no module's, ``pyproject.toml`` or ``.env`` cannot be used, ``settings.py`` is
            no file, or several modules could be meant.
    """
    if here_first:
        return _here(directory) or _from_environment(directory, environment)
    return _from_environment(directory, environment) or _here(directory)


def settings_named(name: object, found_by: str, directory: str, *, key: str = "") -> FoundSettings:
    """Return the settings module that was named, to be looked for in ``directory`` and in the project's folder.

    Raises:
        ImproperlyConfigured: ``name`` is no module's name; ``key`` stands before it in the message. Or as
            :func:`project_folder`.
    """
    module = name.strip() if isinstance(name, str) else ""
    if not all(part.isidentifier() for part in module.partition(":")[0].split(".")):
        raise ImproperlyConfigured(
            f"{key}{name!r} ({found_by}) is not a module name; expected a string like 'mysite.settings'"
        )
    return FoundSettings(module, found_by, roots_of(directory, project_folder(directory)))


def settings_within(folder: str) -> FoundSettings | None:
    """Find the settings of a folder that is a project, whatever is around it: by its ``pyproject.toml`` or layout.

    Raises:
        ImproperlyConfigured: As :func:`find_settings`.
    """
    found = _from_pyproject(folder)
    is_package = has_module(folder, "settings") or has_module(folder, "__init__")
    return settings_by_layout(folder) if found is None and not is_package else found


def project_folder(directory: str) -> str:
    """Return the folder of the nearest ``pyproject.toml``, from ``directory`` upward, else ``directory``.

    Raises:
        ImproperlyConfigured: What has that name is no file: the next one upward would be another project's.
    """
    folder = directory
    while not is_regular_file(os.path.join(folder, "pyproject.toml")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return directory
        folder = parent
    return folder


def project_root() -> str:
    """Return the folder of this process's project, to which relative paths in its settings belong.

    The one that the settings module was found in; where nobody has named one, :func:`search_folder`.

    Raises:
        ImproperlyConfigured: As :func:`find_settings`.
    """
    directory = search_folder()
    found = find_settings(directory)
    return directory if found is None else settings_root(found).project


def _from_environment(directory: str, environment: Mapping[str, Variable] | None) -> FoundSettings | None:
    if environment is None:
        # Not above: it asks this module where .env is.
        from openviper.conf._environment import read_environment  # noqa: PLC0415

        environment = read_environment(directory)
    named = environment.get(SETTINGS_VARIABLE)
    if named is None or not named.text.strip():
        return None
    return settings_named(named.text, _who_set(named), directory)


def _who_set(variable: Variable) -> str:
    if variable.where != "environment":
        return f"{SETTINGS_VARIABLE} in {variable.where}"
    if _chosen is not None and variable.text == _chosen.module:
        return _chosen.found_by
    return SETTINGS_VARIABLE


def _here(directory: str) -> FoundSettings | None:
    folder = project_folder(directory)
    layouts = (settings_by_layout(each) for each in dict.fromkeys((directory, folder)))
    return _from_pyproject(folder) or _of_package(directory, folder) or next(filter(None, layouts), None)


def _of_package(directory: str, folder: str) -> FoundSettings | None:
    """Find the settings of a package from ``folder`` around it, as they are imported from there."""
    if folder == directory or not os.path.isfile(os.path.join(directory, "__init__.py")):
        return None
    try:
        found = settings_by_layout(folder)
    except ImproperlyConfigured:
        return None
    own = os.path.join(directory, "settings")
    # Those of another package are another project's.
    return found if found and os.path.join(found.roots[0].path, *found.module.split(".")) == own else None


def _from_pyproject(folder: str) -> FoundSettings | None:
    path = os.path.join(folder, "pyproject.toml")
    if not os.path.isfile(path):
        return None
    table = _table(path)
    if not isinstance(table, dict):
        raise ImproperlyConfigured(
            f"[tool.openviper] of {path} is {table!r}, not a table; expected settings = 'mysite.settings'"
        )
    name = cast("dict[str, Any]", table).get("settings")
    return None if name is None else settings_named(name, f"[tool.openviper] in {path}", folder, key="settings=")


def _table(path: str) -> object:
    try:
        with open(path, "rb") as file:
            content = file.read()
        if b"openviper" not in content:
            return {}
        # Only here, for most files have no such table, and are not parsed.
        import tomllib  # noqa: PLC0415

        # With the mark that some editors put first, which is not TOML.
        tool: Any = tomllib.loads(content.decode("utf-8-sig")).get("tool")
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{path} cannot be read, or is not TOML: {error}") from error
    return cast("dict[str, Any]", tool).get("openviper", {}) if isinstance(tool, dict) else {}
