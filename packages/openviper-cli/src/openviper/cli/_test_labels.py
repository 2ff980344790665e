"""What to test, as it is typed for ``viperctl test``, as pytest takes it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.cli._app_folders import app_folders
from openviper.core.app_resolver import app_named, explain_missing
from openviper.core.imports import closest, locate

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["pytest_arguments"]


def pytest_arguments(labels: Sequence[str], *, here: Path, root: Path) -> list[str]:
    """Return each label as an absolute path, with the id of a test where it names one; nothing is imported.

    A label is a path (from ``here``, else from ``root``), a module of the project with or without what stands in it
    (``mysite.shop``, ``mysite.shop.tests.test_cart.TestCart``), or the name or label of an installed app. Behind
    ``::`` may stand a test's id.

    Raises:
        ValueError: A label names nothing, or is that of two installed apps.
        CommandLineError: A label may be an app's, and the settings cannot be used.
    """
    return [_argument(label, here, root) for label in labels]


def _argument(label: str, here: Path, root: Path) -> str:
    name, colons, test = label.partition("::")
    found = _path(name, here, root) or _module(name, root)
    if found is not None:
        return f"{found}{colons}{test}"
    apps = app_folders()
    app = app_named(name, apps)
    if app is not None:
        return f"{apps[app]}{colons}{test}"
    raise ValueError(f"{label!r} is no path, no module of {root} and no installed app{_suggestion(name, here, apps)}")


def _path(name: str, here: Path, root: Path) -> str | None:
    if not name:
        return None
    return next((str(path) for folder in (here, root) if (path := folder / name).exists()), None)


def _module(name: str, root: Path) -> str | None:
    """Return the file or the folder of a dotted name, and the id of what it names inside a file."""
    parts = name.split(".")
    if parts[0] in sys.stdlib_module_names:
        return None
    for count in range(len(parts), 0, -1):
        location = locate(".".join(parts[:count]))
        if location is None:
            continue
        inside = parts[count:]
        path = location.path[0] if location.path else location.file
        # A package holds modules, and this one was not found.
        if path is None or (inside and location.path is not None) or not Path(path).is_relative_to(root):
            return None
        return "::".join([path, *inside])
    return None


def _suggestion(name: str, here: Path, apps: dict[str, str]) -> str:
    beside = (here / name).parent
    paths = [str(each.relative_to(here)) for each in beside.iterdir()] if _is_below(beside, here) else []
    # A dotted name is corrected part by part; an app's label may be nearer to it than it is to anything.
    is_dotted = "." in name and "/" not in name
    labels = (app.rpartition(".")[2] for app in apps)
    return (explain_missing(name) if is_dotted else "") or closest(name, [*apps, *labels, *paths])


def _is_below(folder: Path, here: Path) -> bool:
    return folder.is_relative_to(here) and folder.is_dir()
