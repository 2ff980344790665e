"""What the commands that make a package ask of its name and its place, in the terms of click."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from openviper.cli._app_lookup import is_package
from openviper.cli._names import check_package_name, entry_named
from openviper.core.imports import module_exists
from openviper.core.terminal_text import harmless_line

__all__ = ["directory_option", "new_folder", "package_argument"]

F = TypeVar("F", bound=Callable[..., Any])


def package_argument(function: F) -> F:
    """Give a command the argument NAME, which must do for a package."""
    return click.argument("name", callback=_package_name)(function)


def directory_option(text: str) -> Callable[[F], F]:
    """Give a command the option ``--directory``; it is not made, for a failure would have to unmake it."""
    return click.option(
        "-d",
        "--directory",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="DIR",
        default=".",
        help=text,
    )


def new_folder(name: str, directory: Path, *, package: str | None = None, other: str | None = None) -> Path:
    """Return the folder of a new package.

    Args:
        name: The folder's.
        directory: Where it will stand.
        package: What is imported; ``None``: ``name`` too.
        other: What could be typed instead; ``None``: ``my_NAME``.

    Raises:
        click.BadParameter: Something has the name already: there, or among what is installed.
    """
    package, other = package or name, other or f"my_{name}"
    if taken := entry_named(name, directory):
        raise _refused(f"{harmless_line(str(taken))} is there already; nothing was written", other)
    # Inside of a package it is another module: shop.click.
    if not is_package(directory) and module_exists(package):
        raise _refused(f"{package!r} is an installed module", other)
    return directory / name


def _refused(reason: str, other: str) -> click.BadParameter:
    return click.BadParameter(f"{reason}; choose another name, such as {other!r}", param_hint="'NAME'")


def _package_name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        check_package_name(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error
    return value
