"""The settings module that nobody has named: it stands where a project's settings stand."""

# pathlib costs more than all of this module.
# ruff: noqa: PTH118, PTH123, PTH208

from __future__ import annotations

import os
import re

from openviper.core._project_roots import SETTINGS_VARIABLE, FoundSettings, roots_of
from openviper.core._regular_files import is_regular_file
from openviper.core.errors import ImproperlyConfigured

__all__ = ["settings_by_layout"]

# Another framework's settings.py is none of ours, and must not be imported to find that out.
OURS = re.compile(rb"\bopenviper\b")


def settings_by_layout(folder: str) -> FoundSettings | None:
    """Return ``settings.py`` of the folder, else that of the one package in it or in its ``src``.

    Raises:
        ImproperlyConfigured: Several packages have one, or one is no file.
    """
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
    if not is_regular_file(path):
        return False
    try:
        with open(path, "rb") as file:
            return OURS.search(file.read()) is not None
    except OSError:
        # Not to be read: it cannot be imported either.
        return False
