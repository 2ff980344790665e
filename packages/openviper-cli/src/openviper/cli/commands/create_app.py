"""``openviper create-app`` and ``viperctl create-app``: an app with routes, views and tests."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from openviper.cli._app_lookup import dotted_name
from openviper.cli._new_app import app_files
from openviper.cli._new_package import directory_option, new_folder, package_argument
from openviper.cli._project import Project, find_project
from openviper.cli._scaffold import write_whole
from openviper.cli.errors import ProjectError
from openviper.core.applications import project_application
from openviper.core.errors import ImproperlyConfigured
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
        f'add to INSTALLED_APPS of {project.settings_module.partition(":")[0]}: "{dotted}"',
        f"add to {application}: from {dotted}.routes import router as {name}_router",
        f'and below: app.include_router({name}_router, prefix="/{name}", namespace="{name}")',
    ]
