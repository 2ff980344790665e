"""The folders that a project's modules are imported from, and which of them holds its settings."""

# pathlib costs more than all of this module.
# ruff: noqa: PTH112, PTH113, PTH118

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SETTINGS_VARIABLE", "FoundSettings", "Root", "has_module", "roots_of", "roots_with", "settings_root"]

SETTINGS_VARIABLE = "OPENVIPER_SETTINGS_MODULE"


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

    @property
    def module_name(self) -> str:
        """The module without its class."""
        return self.module.partition(":")[0]


def roots_of(*folders: str) -> tuple[Root, ...]:
    """Return each of the ``folders``, followed by ``src`` in it where that is there."""
    places = [Root(each, path) for each in dict.fromkeys(folders) for path in (each, os.path.join(each, "src"))]
    return tuple(root for root in places if root.path == root.project or os.path.isdir(root.path))


def roots_with(module: str, roots: Iterable[Root]) -> tuple[Root, ...]:
    """Return those of the ``roots`` in which a module stands."""
    return tuple(root for root in roots if has_module(root.path, module))


def settings_root(found: FoundSettings) -> Root:
    """Return the first root that holds the settings; where none does, for they are installed, the first."""
    return next(iter(roots_with(found.module_name, found.roots)), found.roots[0])


def has_module(folder: str, name: str) -> bool:
    """Tell whether a module, or a package with an ``__init__.py``, stands in ``folder``."""
    path = os.path.join(folder, *name.split("."))
    return os.path.isfile(f"{path}.py") or os.path.isfile(os.path.join(path, "__init__.py"))
