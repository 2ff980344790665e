"""The settings module that nobody has named: it stands where a project's settings stand."""

# pathlib costs more than all of this module.
# ruff: noqa: PTH118, PTH208

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from openviper.core._project_roots import SETTINGS_VARIABLE, FoundSettings, Root, roots_of
from openviper.core._regular_files import is_regular_file
from openviper.core._whose_settings import whose_settings
from openviper.core.errors import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openviper.core._whose_settings import Whose

__all__ = ["settings_by_layout"]


class _Candidate(NamedTuple):
    module: str
    root: Root
    whose: Whose


def settings_by_layout(folder: str) -> FoundSettings | None:
    """Return ``settings.py`` of the folder, else the settings of the one package in it or in its ``src``.

    Raises:
        ImproperlyConfigured: Several packages have settings that may be ours, or a ``settings.py`` is no file.
    """
    roots = roots_of(folder)
    path = os.path.join(folder, "settings.py")
    whose = whose_settings(path, folder) if is_regular_file(path) else "theirs"
    found: list[_Candidate] = []
    if whose not in ("ours", "open"):
        found = _likely([each for root in roots for each in _candidates(root)])
    if whose != "theirs" and (not found or found[0].whose == "broken"):
        return FoundSettings("settings", f"the root layout of {folder}", roots[:1], is_found_by_layout=True)
    if len(found) > 1:
        raise ImproperlyConfigured(_several(folder, [each.module for each in found]))
    for each in found:
        return FoundSettings(each.module, f"the module layout of {folder}", (each.root,), is_found_by_layout=True)
    return None


def _likely(candidates: list[_Candidate]) -> list[_Candidate]:
    """Return those that are ours, else those that may be."""
    kinds = {each.whose for each in candidates}
    best = next((each for each in ("ours", "open", "broken") if each in kinds), None)
    return [each for each in candidates if each.whose == best]


def _several(folder: str, names: list[str]) -> str:
    if len(set(names)) == 1:
        return f"{names[0]} stands in {folder} and in its src; move or rename one of the folders"
    listed = ", ".join(names)
    return (
        f"{folder} holds {len(names)} projects: {listed}; name one: {SETTINGS_VARIABLE}={names[0]}, "
        f"[tool.openviper] settings in pyproject.toml, or viperctl --settings {names[0]}"
    )


def _candidates(root: Root) -> Iterator[_Candidate]:
    try:
        names = sorted(os.listdir(root.path))
    except OSError:
        # Not there, or not to be listed: a program without a project may run in such a place.
        return
    package = os.path.join(root.path, "settings", "__init__.py")
    if is_regular_file(package):
        yield _Candidate("settings", root, whose_settings(package, root.path))
    for name in filter(str.isidentifier, names):
        for path in ("settings.py", os.path.join("settings", "__init__.py")):
            file = os.path.join(root.path, name, path)
            if is_regular_file(file):
                yield _Candidate(f"{name}.settings", root, whose_settings(file, root.path))
                break
