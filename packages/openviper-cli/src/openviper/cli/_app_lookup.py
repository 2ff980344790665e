"""The packages of a folder, any of which may be an app: nothing is imported, and no settings are read.

A folder without an ``__init__.py`` is imported too. It counts where it has commands, or is named by its dotted name.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.cli._package_folders import package_folders
from openviper.cli.errors import CommandLineError
from openviper.core.imports import nearest
from openviper.core.projects import roots_of, search_folder
from openviper.core.root_layout import has_root_layout
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["AppFolder", "apps_of", "dotted_name", "find_app", "is_package"]

# Folders of a project that are no apps, nor is what stands in them; `src` is looked through by itself.
_NO_APPS = frozenset(
    {"commands", "docs", "management", "migrations", "node_modules", "src", "static", "templates", "tests"}
)
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class AppFolder:
    """A package that may be an app, or the folder of a project in the root layout."""

    #: ``"shop.main"``; ``""`` for the root layout, whose modules have no package.
    name: str
    #: Its last part: ``"main"``; the folder's name in the root layout.
    label: str
    #: As it was found: links in it are not followed.
    path: Path

    def module(self, name: str) -> str:
        """Return the dotted name of a module in it."""
        return f"{self.name}.{name}" if self.name else name


def find_app(name: str, directory: Path) -> AppFolder:
    """Return the app of ``directory``, or of its ``src``, by its dotted name or its label.

    Raises:
        CommandLineError: There is none, or two have the label.
    """
    apps = list(apps_of(directory))
    found = [app for app in apps if name and app.name == name] or [*_named(name, directory)]
    found = found or [app for app in apps if app.label == name]
    if len(found) == 1:
        return found[0]
    if found:
        names = " and ".join(app.name or str(app.path) for app in found)
        raise CommandLineError(f"{name!r} is the label of {names}; give the dotted name")
    place = harmless_line(str(directory.absolute()))
    raise CommandLineError(f"there is no app {name!r} in {place}{_what_is_there(name, apps)}")


def dotted_name(folder: Path, root: Path) -> str:
    """Return the name by which the package in ``folder`` is imported, where ``root`` is on ``sys.path``.

    Packages around it count wherever ``root`` is; a folder elsewhere is a package of its own.
    """
    folder = folder.absolute()
    top = folder.parent
    while is_package(top):
        top = top.parent
    if folder.is_relative_to(root.absolute()) and root.absolute() in (top, *top.parents):
        top = root.absolute()
    return ".".join(folder.relative_to(top).parts)


def is_package(folder: Path) -> bool:
    """Tell whether a folder has an ``__init__.py``."""
    return (folder / "__init__.py").is_file()


def apps_of(directory: Path) -> Iterator[AppFolder]:
    """Yield the apps of ``directory``, itself first where it is one, and of its ``src``."""
    folder = Path(os.path.abspath(directory))  # noqa: PTH100 - absolute() leaves `..` in it
    own = _own_name(folder)
    if own is not None:
        yield AppFolder(own, folder.name, directory)
    for root in _roots(folder, directory):
        yield from _apps_below(root, f"{own}." if own else "")


def _own_name(folder: Path) -> str | None:
    """Return the name of a folder that is an app itself, ``""`` in the root layout; ``None``: it is none."""
    has_settings = has_root_layout(str(folder))
    # Elsewhere a package belongs to the project around it, whatever stands in it.
    if is_package(folder) and not (has_settings and str(folder) == search_folder()):
        return dotted_name(folder, folder.parent)
    return "" if has_settings else None


def _apps_below(root: Path, prefix: str) -> Iterator[AppFolder]:
    for name, folder, entries in package_folders(str(root), without=_NO_APPS):
        path = Path(folder)
        if name and ("__init__.py" in entries or ("management" in entries and _has_commands(path))):
            yield AppFolder(f"{prefix}{name}", path.name, path)


def _roots(folder: Path, directory: Path) -> list[Path]:
    """Return ``directory`` and its ``src``, as it was given; ``folder`` is where that is."""
    return [directory / Path(root.path).relative_to(folder) for root in roots_of(str(folder))]


def _named(name: str, directory: Path) -> Iterator[AppFolder]:
    """Yield the folders of a dotted name that can be an app, whatever stands around them."""
    folder = Path(os.path.abspath(directory))  # noqa: PTH100 - as above
    own = _own_name(folder)
    prefix = f"{own}." if own else ""
    parts = name.removeprefix(prefix).split(".")
    if name.startswith(prefix) and all(part.isidentifier() for part in parts):
        paths = (root.joinpath(*parts) for root in _roots(folder, directory))
        yield from (AppFolder(name, parts[-1], path) for path in paths if _can_be_app(path))


def _can_be_app(path: Path) -> bool:
    # os.path, as pathlib raises where the name is too long for the system.
    if not os.path.isdir(path):  # noqa: PTH112
        return False
    if (path / "pyproject.toml").is_file() and not is_package(path):
        # The folder of a project, seen from above: its package has the same name as a rule.
        return False
    return _has_commands(path) or (path.name not in _NO_APPS and any(path.glob("*.py")))


def _has_commands(path: Path) -> bool:
    return (path / "management" / "commands").is_dir()


def _what_is_there(name: str, apps: list[AppFolder]) -> str:
    if not apps:
        return ", nor any other: `openviper create-app NAME` makes one"
    by_name = {each: app for app in apps for each in (app.label, app.name) if each}
    near = nearest(name.replace("/", "."), by_name)
    if near is not None:
        return f"; did you mean {near!r}?"
    names = [app.name or app.label for app in apps]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"; there are {', '.join(names[:_SHOWN])}{more}"
