"""``openviper create-project``: a small project that runs, and passes its own tests."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import click

from openviper.cli._scaffold import check_package_name, render, write_whole
from openviper.core.imports import module_exists

__all__ = ["create_project"]

#: Template -> path in the new folder; ``{name}`` is the package.
_FILES = {
    "project/viperctl.py.jinja": "viperctl.py",
    "project/pyproject.toml.jinja": "pyproject.toml",
    "project/README.md.jinja": "README.md",
    "project/gitignore.jinja": ".gitignore",
    "project/env.jinja": ".env",
    "project/package/init.py.jinja": "{name}/__init__.py",
    "project/package/settings.py.jinja": "{name}/settings.py",
    "project/package/app.py.jinja": "{name}/app.py",
    "project/package/routes.py.jinja": "{name}/routes.py",
    "project/tests/test_app.py.jinja": "tests/test_app.py",
}


def _package_name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        check_package_name(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error
    return value


@click.command()
@click.argument("name", callback=_package_name)
@click.option(
    "-d",
    "--directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    default=".",
    help="Where the project's folder is made; by default here.",
)
def create_project(name: str, directory: Path) -> None:
    """Create a project in a new folder.

    NAME is the folder, and the package in it.
    """
    folder = directory / name
    if not folder.exists() and module_exists(name):
        raise click.BadParameter(f"{name!r} is an installed module; choose another name", param_hint="'NAME'")
    files = render(
        {template: path.format(name=name) for template, path in _FILES.items()},
        name=name,
        secret_key=secrets.token_urlsafe(48),
        # A sibling that need not be installed; a project that lists what is not there would not start.
        has_middleware=module_exists("openviper.middleware.security"),
    )
    # The secret is for its owner alone.
    files = [replace(file, mode=0o600) if file.path == ".env" else file for file in files]
    write_whole(folder, files)
    click.echo(f"Created {folder}. Next:\n\n  cd {folder}\n  openviper viperctl start-server")
