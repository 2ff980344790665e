"""The files of a new app."""

from __future__ import annotations

from openviper.cli._scaffold import ScaffoldFile, render
from openviper.core.imports import module_exists

__all__ = ["app_files", "has_database", "in_folder"]

_FILES = {
    "init.py.jinja": "__init__.py",
    "app/apps.py.jinja": "apps.py",
    "app/routes.py.jinja": "routes.py",
    "app/views.py.jinja": "views.py",
    "app/tests/test_apps.py.jinja": "tests/test_apps.py",
    "app/tests/test_routes.py.jinja": "tests/test_routes.py",
}
_MODELS = {"app/models.py.jinja": "models.py"}


def app_files(name: str) -> list[ScaffoldFile]:
    """Return the files of an app; paths below its folder."""
    templates = _FILES | (_MODELS if has_database() else {})
    return [*render(templates, name=name, purpose="app"), ScaffoldFile("tests/__init__.py", "")]


def has_database() -> bool:
    """Tell whether openviper-db is installed, without which models mean nothing."""
    return module_exists("openviper.db")


def in_folder(folder: str, files: list[ScaffoldFile]) -> list[ScaffoldFile]:
    """Return the files with ``folder`` in front of their paths."""
    return [ScaffoldFile(f"{folder}/{file.path}", file.content, file.mode) for file in files]
