"""Where the installed apps stand on disk."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from openviper.conf import settings
from openviper.core import distributions
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import Location, locate, nearest
from openviper.core.projects import search_folder
from openviper.core.root_layout import has_root_layout

__all__ = ["AppResolver", "app_named", "app_names", "explain_missing"]

logger = logging.getLogger("openviper.apps")


class AppResolver:
    """Resolve each entry of INSTALLED_APPS to its folder, without importing it.

    An entry is a package (``myproject.blog``: its folder), a namespace package (its first folder) or a single module
    on ``sys.path`` (the folder that it stands in). A ``root`` in the root layout, whose ``settings.py`` holds the
    project's settings, is an app too, labelled by its name, even where no app is installed.

    Args:
        apps: Dotted names; ``None``: ``settings.INSTALLED_APPS``.
        root: The project's folder, where apps are looked for after ``sys.path``; ``None``: that of the
            command that runs, else the current one.
    """

    def __init__(self, apps: Iterable[str] | None = None, root: str | os.PathLike[str] | None = None) -> None:
        self._names = None if apps is None else tuple(apps)
        self.root = Path(root if root is not None else search_folder()).resolve()

    @property
    def apps(self) -> tuple[str, ...]:
        """The names that are resolved."""
        return settings.INSTALLED_APPS if self._names is None else self._names

    def get_app_dirs(self, *, warn: bool = True) -> list[Path]:
        """Return the folders of the installed apps, in their order, then the root's if it is an app; none twice.

        An app that is not found is named in a warning and skipped; ``warn=False`` is for who runs after a lifespan,
        which has warned, or beside the check of apps.
        """
        folders: dict[Path, None] = {}
        for name in self.apps:
            folder = self._folder(name)
            if folder is None and warn:
                logger.warning("installed app %r was not found and is skipped%s", name, explain_missing(name))
            elif folder is not None:
                folders[folder] = None
        if self.root_is_app():
            folders[self.root] = None
        return list(folders)

    def root_is_app(self) -> bool:
        """Tell whether the project has the root layout."""
        return has_root_layout(str(self.root))

    def find(self, name: str) -> Path | None:
        """Return the folder of an app: by its dotted name, else by its label, else the root by its folder's name.

        As :func:`app_named` reads it. An app that is not installed is found by its dotted name.

        Raises:
            ImproperlyConfigured: Two installed apps have this label.
        """
        app = app_named(name, self.apps)
        if app is None and name == self.root.name and self.root_is_app():
            return self.root
        return self._folder(app or name)

    def locate(self, name: str) -> Location | None:
        """Find an app by its dotted name: where ``import`` would, else in the root."""
        return locate(name) or locate(name, [str(self.root)])

    def _folder(self, name: str) -> Path | None:
        location = self.locate(name)
        return None if location is None else location.folder


def app_named(name: str, apps: Iterable[str]) -> str | None:
    """Return the one of ``apps`` that a name means: the app of that name, else the one with that label, else ``None``.

    The label is the last part of the name: ``blog`` of ``myproject.blog``.

    Raises:
        ImproperlyConfigured: Two have this label.
    """
    names = tuple(apps)
    meant = [name] if name in names else [each for each in names if each.rpartition(".")[2] == name]
    if len(meant) > 1:
        raise ImproperlyConfigured(f"{name!r} is the label of {' and '.join(meant)}; give the dotted name")
    return meant[0] if meant else None


def app_names(apps: Iterable[object]) -> tuple[str, ...]:
    """Return ``apps`` as a tuple of names.

    Raises:
        ImproperlyConfigured: It is one string, or an entry is not a name or stands there twice; all problems at once.
    """
    if isinstance(apps, str):
        raise ImproperlyConfigured(f"INSTALLED_APPS={apps!r} is one string; expected a tuple of names: ({apps!r},)")
    names = tuple(apps)
    problems: list[str] = []
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name:
            problems.append(f"INSTALLED_APPS[{index}]={name!r} is no module name; expected one like 'myproject.blog'")
        elif (first := names.index(name)) != index:
            problems.append(f"INSTALLED_APPS[{index}]={name!r} stands at {first} already; remove one of them")
    if problems:
        raise ImproperlyConfigured("\n".join(problems))
    return cast("tuple[str, ...]", names)


def explain_missing(name: str) -> str:
    """Return what to do about an app that is not found: ``"; did you mean 'blog'?"``, its distribution, or ``""``."""
    corrected = None if name in distributions.APPS else _corrected(name)
    if corrected is not None:
        return f"; did you mean {corrected!r}?"
    source = distributions.available_with(name)
    return f"; it {source}" if source else ""


def _corrected(name: str) -> str | None:
    """Correct each part of ``name`` to what is there; ``None`` where nothing is near."""
    known: list[str] = []
    for part in name.split("."):
        location = locate(".".join(known)) if known else None
        if known and (location is None or location.path is None):
            return None
        if locate(".".join((*known, part))) is not None:
            known.append(part)
            continue
        near = nearest(part, _siblings(known, location))
        if near is None:
            return None
        known.append(near)
    return ".".join(known)


def _siblings(parent: list[str], location: Location | None) -> set[str]:
    from pkgutil import iter_modules  # noqa: PLC0415 - only an error needs it

    there = {module.name for module in iter_modules(None if location is None else location.path)}
    prefix = "".join(f"{part}." for part in parent)
    documented = {app[len(prefix) :].partition(".")[0] for app in distributions.APPS if app.startswith(prefix)}
    return {each for each in there | documented if not each.startswith("_")}
