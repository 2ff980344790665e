"""The files of a new project: minimal, default or full."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Literal, TypeAlias

from openviper.cli._new_app import has_database, in_folder
from openviper.cli._scaffold import ScaffoldFile, render
from openviper.core.imports import module_exists

__all__ = ["Variant", "project_files"]

Variant: TypeAlias = Literal["minimal", "default", "full"]

#: Template -> path in the new folder; ``{name}`` is the package.
_ALL = {
    "project/viperctl.py.jinja": "viperctl.py",
    "project/pyproject.toml.jinja": "pyproject.toml",
    "project/gitignore.jinja": ".gitignore",
    "project/env.jinja": ".env",
    "init.py.jinja": "{name}/__init__.py",
    "project/package/settings.py.jinja": "{name}/settings.py",
}
_README = {"project/README.md.jinja": "README.md"}
_OWN: dict[Variant, dict[str, str]] = {
    "minimal": {
        "minimal/app.py.jinja": "{name}/app.py",
        "minimal/test_app.py.jinja": "tests/test_app.py",
    },
    "default": _README
    | {
        "project/package/app.py.jinja": "{name}/app.py",
        "project/package/routes.py.jinja": "{name}/routes.py",
        "project/tests/test_app.py.jinja": "tests/test_app.py",
    },
    "full": _README
    | {
        "full/app.py.jinja": "{name}/app.py",
        "full/test_app.py.jinja": "tests/test_app.py",
    },
}
#: The full project's app; paths below ``{name}/main``.
_MAIN = {
    "init.py.jinja": "__init__.py",
    "app/apps.py.jinja": "apps.py",
    "full/routes.py.jinja": "routes.py",
    "full/views.py.jinja": "views.py",
    "full/index.html.jinja": "templates/main/index.html",
    "full/site.css.jinja": "static/main/site.css",
    "command/command.py.jinja": "management/commands/say_hello.py",
    "app/tests/test_apps.py.jinja": "tests/test_apps.py",
    "full/test_views.py.jinja": "tests/test_views.py",
    "command/test_command.py.jinja": "tests/test_say_hello.py",
}
_MAIN_PACKAGES = ("management", "management/commands", "tests")
_MODELS = {"app/models.py.jinja": "models.py"}


def project_files(name: str, variant: Variant) -> list[ScaffoldFile]:
    """Return the files of the project ``name``; what is not installed is not in them."""
    templates = _ALL | _OWN[variant]
    files = render(
        {template: path.format(name=name) for template, path in templates.items()},
        name=name,
        purpose="project",
        variant=variant,
        secret_key=secrets.token_urlsafe(48),
        # Siblings that need not be installed; a project that lists what is not there would not start.
        has_middleware=module_exists("openviper.middleware.security"),
        has_email=module_exists("openviper.core.email"),
        has_database=has_database(),
    )
    # The secret is for its owner alone.
    files = [replace(file, mode=0o600) if file.path == ".env" else file for file in files]
    return files + in_folder(f"{name}/main", _main_files(name)) if variant == "full" else files


def _main_files(project: str) -> list[ScaffoldFile]:
    templates = _MAIN | (_MODELS if has_database() else {})
    packages = [ScaffoldFile(f"{folder}/__init__.py", "") for folder in _MAIN_PACKAGES]
    names = {"command": "say-hello", "module": "say_hello", "management": "..management", "app": "main"}
    return packages + render(templates, name="main", purpose="app", project=project, **names)
