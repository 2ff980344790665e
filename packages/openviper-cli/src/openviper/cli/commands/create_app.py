"""``openviper create-app`` and ``viperctl create-app``: an app with routes, views and tests."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path, PurePosixPath

import click

from openviper.cli._app_lookup import dotted_name
from openviper.cli._new_app import app_files
from openviper.cli._new_package import directory_option, new_folder, package_argument
from openviper.cli._project import Project, find_project
from openviper.cli._scaffold import write_whole
from openviper.cli.errors import ProjectError
from openviper.core.applications import project_application
from openviper.core.errors import ImproperlyConfigured
from openviper.core.projects import project_folder
from openviper.core.terminal_text import harmless_line

__all__ = ["create_app"]


@click.command()
@package_argument
@directory_option("Where the app's folder is made; by default here.")
def create_app(name: str, directory: Path) -> None:
    """Create an app with routes, views and tests.

    NAME is its package. Nothing else is changed: what a project has to say of the app is shown.
    """
    folder = new_folder(name, directory)
    write_whole(folder, app_files(name))
    project = _project_around(folder)
    steps = _steps_in(project, folder, name) if project else []
    shown = harmless_line(str(folder))
    click.echo("\n  ".join([f"Created {shown}. Next:\n", *steps, shlex.join(["python", "-m", "pytest", shown])]))


def _project_around(folder: Path) -> Project | None:
    """Return the project that the new folder is in; ``None`` where there is none, or it cannot be told which."""
    try:
        project = find_project(folder.parent.absolute(), target=".")
    except ProjectError:
        return None
    inside = project is not None and folder.resolve().is_relative_to(project.import_root.resolve())
    return project if inside else None


def _steps_in(project: Project, folder: Path, name: str) -> list[str]:
    dotted = dotted_name(folder.resolve(), project.import_root.resolve())
    try:
        application = project_application(project.found).partition(":")[0]
    except ImproperlyConfigured:
        application = "the application"
    return [
        project.to_install(dotted),
        f"add to {application}: from {dotted}.routes import router as {name}_router",
        f'and below: app.include_router({name}_router, prefix="/{name}", namespace="{name}")',
        *_wheel_steps(project, dotted.partition(".")[0]),
    ]


def _wheel_steps(project: Project, package: str) -> list[str]:
    """Return what puts a package into the project's wheel, where hatchling has a list that lacks it.

    https://hatch.pypa.io/latest/config/build/#packages
    """
    home = Path(project_folder(str(project.root)))
    path = (project.import_root / package).relative_to(home).as_posix()
    try:
        tables = tomllib.loads((home / "pyproject.toml").read_text(encoding="utf-8-sig"))
        listed = tables["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
        is_in_it = any(PurePosixPath(path).is_relative_to(each) for each in listed)
    except (OSError, ValueError, LookupError, TypeError):
        # No list, or one that is hatchling's to refuse.
        return []
    return [] if is_in_it else [f'add to packages of [tool.hatch.build.targets.wheel] in pyproject.toml: "{path}"']
