"""``openviper create-project``: a small project that runs, and passes its own tests."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from openviper.cli._new_package import directory_option, new_folder, package_argument
from openviper.cli._new_project import project_files
from openviper.cli._scaffold import write_whole
from openviper.core.imports import module_exists
from openviper.core.terminal_text import harmless_line

__all__ = ["create_project"]


@click.command()
@package_argument
@directory_option("Where the project's folder is made; by default here.")
@click.option("--minimal", is_flag=True, default=False, help="One route, and no more than it needs.")
@click.option("--full", is_flag=True, default=False, help="With an app that has a page, static files and a command.")
def create_project(name: str, directory: Path, minimal: bool, full: bool) -> None:
    """Create a project in a new folder.

    NAME is the folder, and the package in it.
    """
    if minimal and full:
        raise click.UsageError("--minimal and --full are two kinds of project; give one of them")
    folder = new_folder(name, directory)
    write_whole(folder, project_files(name, "minimal" if minimal else "full" if full else "default"))
    shown = harmless_line(str(folder))
    steps = [shlex.join(["cd", shown]), "openviper viperctl start-server"]
    if not module_exists("openviper.app"):
        steps.insert(1, "pip install openviper-http")
    click.echo("\n  ".join([f"Created {shown}. Next:\n", *steps]))
