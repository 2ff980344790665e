"""What the project is called that static files are collected for, wherever it is deployed."""

from __future__ import annotations

import tomllib
from pathlib import Path

from openviper.core.projects import find_settings, project_root, search_folder

__all__ = ["project_name"]


def project_name() -> str:
    """Return the package that holds the settings module; ``""``: there is no such name.

    A settings module that stands in no package says nothing: there it is the name in ``pyproject.toml``. Folders are
    not asked, for each release may have one of its own, and settings modules of one package are one project's:
    ``mysite.settings.production`` and ``mysite.settings`` both belong to ``mysite``.
    """
    found = find_settings(search_folder())
    if found is None:
        return ""
    *packages, _ = found.module_name.split(".")
    if packages[-1:] == ["settings"]:
        packages.pop()
    return ".".join(packages) or _distribution(Path(project_root(), "pyproject.toml"))


def _distribution(path: Path) -> str:
    try:
        name: object = tomllib.loads(path.read_text(encoding="utf-8-sig"))["project"]["name"]
    except (OSError, ValueError, LookupError, TypeError):
        # Whatever is wrong with it is not for static files to say.
        return ""
    return name if isinstance(name, str) else ""
