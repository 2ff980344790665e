"""Where the folders of the settings are, and which of two holds the other."""

from __future__ import annotations

import os
from pathlib import Path

from openviper.conf import settings
from openviper.core.app_resolver import AppResolver, explain_missing
from openviper.core.projects import project_root
from openviper.core.terminal_text import harmless_line

__all__ = ["holds", "identity", "in_project", "missing_apps", "shown", "source_folders"]


def in_project(path: str | os.PathLike[str]) -> Path:
    """Return a path of the settings; a relative one belongs to the project's folder, whatever the current one is."""
    return Path(path) if Path(path).is_absolute() else Path(os.path.realpath(project_root()), path)


def source_folders(*, warn: bool = False) -> list[Path]:
    """Return ``STATICFILES_DIRS``, then each installed app's ``static/``, whether they are there or not.

    Args:
        warn: Log a warning for an app that is not found.
    """
    folders = [in_project(folder) for folder in settings.STATICFILES_DIRS]
    folders += [folder / "static" for folder in AppResolver().get_app_dirs(warn=warn)]
    return list(dict.fromkeys(folders))


def missing_apps() -> list[str]:
    """Return a sentence for each installed app that is not found."""
    resolver = AppResolver()
    return [
        f"the installed app {name!r} was not found{explain_missing(name)}"
        for name in resolver.apps
        if resolver.find(name) is None
    ]


def holds(outer: Path, inner: Path) -> bool:
    """Tell whether ``inner`` is ``outer`` or stands in it, whatever links or mounts lead there."""
    try:
        resolved, folder = Path(os.path.realpath(inner)), os.path.realpath(outer)
    except ValueError:
        # A null byte: there is nothing of that name.
        return False
    if resolved.is_relative_to(folder):
        return True
    key = identity(outer)
    return key is not None and any(identity(each) == key for each in (resolved, *resolved.parents))


def shown(path: str | os.PathLike[str]) -> str:
    """Return a path as a terminal may show it."""
    return harmless_line(os.fspath(path))


def identity(path: Path) -> tuple[int, int] | None:
    """Return what a folder is, whatever its name: device and inode; ``None``: it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
