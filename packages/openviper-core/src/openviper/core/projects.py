"""Where a project is: the name of its settings module, and the folders that it is imported from.

Settings and command line both ask here, so that they mean the same project. Nothing is imported, written or changed.
"""

# pathlib costs more than all of this module.
# ruff: noqa: PTH112, PTH113, PTH118, PTH120, PTH123, PTH208

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from openviper.core.errors import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openviper.conf._environment import Variable

__all__ = [
    "SETTINGS_VARIABLE",
    "FoundSettings",
    "Root",
    "find_settings",
    "has_module",
    "project_folder",
    "project_root",
    "roots_of",
    "search_folder",
    "search_from",
    "settings_named",
]

SETTINGS_VARIABLE = "OPENVIPER_SETTINGS_MODULE"
# Another framework's settings.py is none of ours, and must not be imported to find that out.
OURS = re.compile(rb"\bopenviper\b")


_searched: str | None = None


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


def search_from(folder: str | None) -> None:
    """Make ``folder``, absolute, the place where settings, ``.env`` and apps are looked for; ``None``: the current one.

    For a command that was told where its project is. Call it before anything reads a setting; a child process does not
    inherit it.
    """
    global _searched  # noqa: PLW0603 - as the current directory, it is the process's
    _searched = folder


class Root(NamedTuple):
    """A folder that modules are imported from: a project's own, or ``src`` in it."""

    project: str
    path: str


class FoundSettings(NamedTuple):
    """A settings module by its name, not imported yet."""

    #: ``"mysite.settings"``, or with its class: ``"mysite.settings:Production"``; ``"settings"`` in the root layout.
    module: str
    #: For banners and errors: ``"OPENVIPER_SETTINGS_MODULE"``, ``"[tool.openviper] in /srv/site/pyproject.toml"``, ...
    found_by: str
    #: Where it is looked for before what is installed; at least one.
    roots: tuple[Root, ...]
    #: Nobody named it: it stands where a project's settings stand.
    is_found_by_layout: bool = False


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
        ImproperlyConfigured: A name is no module's, ``pyproject.toml`` or ``.env`` cannot be used, or several modules
            could be meant.
    """
    if here_first:
        return _here(directory) or _from_environment(directory, environment)
    return _from_environment(directory, environment) or _here(directory)


def settings_named(name: object, found_by: str, directory: str, *, key: str = "") -> FoundSettings:
    """Return the settings module that was named, to be looked for in ``directory`` and in the project's folder.

    Raises:
        ImproperlyConfigured: ``name`` is no module's name; ``key`` stands before it in the message.
    """
    module = name.strip() if isinstance(name, str) else ""
    if not all(part.isidentifier() for part in module.partition(":")[0].split(".")):
        raise ImproperlyConfigured(
            f"{key}{name!r} ({found_by}) is not a module name; expected a string like 'mysite.settings'"
        )
    return FoundSettings(module, found_by, roots_of(directory, project_folder(directory)))


def roots_of(*folders: str) -> tuple[Root, ...]:
    """Return each of the ``folders``, followed by ``src`` in it where that is there."""
    places = [Root(each, path) for each in dict.fromkeys(folders) for path in (each, os.path.join(each, "src"))]
    return tuple(root for root in places if root.path == root.project or os.path.isdir(root.path))


def has_module(folder: str, name: str) -> bool:
    """Tell whether a module, or a package with an ``__init__.py``, stands in ``folder``."""
    path = os.path.join(folder, *name.split("."))
    return os.path.isfile(f"{path}.py") or os.path.isfile(os.path.join(path, "__init__.py"))


def project_folder(directory: str) -> str:
    """Return the folder of the nearest ``pyproject.toml``, from ``directory`` upward, else ``directory``."""
    folder = directory
    while not os.path.isfile(os.path.join(folder, "pyproject.toml")):
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
    if found is None:
        return directory
    module = found.module.partition(":")[0]
    return next((root.project for root in found.roots if has_module(root.path, module)), found.roots[0].project)


def _from_environment(directory: str, environment: Mapping[str, Variable] | None) -> FoundSettings | None:
    if environment is None:
        # Not above: it asks this module where .env is.
        from openviper.conf._environment import read_environment  # noqa: PLC0415

        environment = read_environment(directory)
    named = environment.get(SETTINGS_VARIABLE)
    if named is None or not named.text.strip():
        return None
    where = "" if named.where == "environment" else f" in {named.where}"
    return settings_named(named.text, f"{SETTINGS_VARIABLE}{where}", directory)


def _here(directory: str) -> FoundSettings | None:
    folder = project_folder(directory)
    layouts = (_from_layout(each) for each in dict.fromkeys((directory, folder)))
    return _from_pyproject(folder) or next(filter(None, layouts), None)


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


def _from_layout(folder: str) -> FoundSettings | None:
    if _is_ours(os.path.join(folder, "settings.py")):
        return FoundSettings("settings", f"the root layout of {folder}", roots_of(folder)[:1], is_found_by_layout=True)
    found = [(f"{name}.settings", root) for root in roots_of(folder) for name in _packages_in(root.path)]
    if len(found) > 1:
        raise ImproperlyConfigured(_several(folder, [name for name, _ in found]))
    for name, root in found:
        return FoundSettings(name, f"the module layout of {folder}", (root,), is_found_by_layout=True)
    return None


def _several(folder: str, names: list[str]) -> str:
    if len(set(names)) == 1:
        return f"{names[0]} stands in {folder} and in its src; move or rename one of the folders"
    listed = ", ".join(names)
    return (
        f"{folder} holds {len(names)} projects: {listed}; name one: {SETTINGS_VARIABLE}={names[0]}, "
        f"[tool.openviper] settings in pyproject.toml, or viperctl --settings {names[0]}"
    )


def _packages_in(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        # Not there, or not to be listed: a program without a project may run in such a place.
        return []
    return [name for name in names if name.isidentifier() and _is_ours(os.path.join(folder, name, "settings.py"))]


def _is_ours(path: str) -> bool:
    # Opening a pipe would wait for its writer.
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return OURS.search(file.read()) is not None
    except OSError:
        # Not to be read: it cannot be imported either.
        return False
