"""Rendering a scaffold from the templates of this package, and writing it whole or not at all."""

from __future__ import annotations

import keyword
import re
import secrets
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from openviper.cli.errors import CommandLineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["ScaffoldFile", "check_package_name", "render", "write_whole"]

# What is both a module and the name of a distribution.
_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9_]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class ScaffoldFile:
    """A file to be written."""

    #: Below the folder that is made, with ``/``.
    path: str
    content: str
    mode: int = 0o666


def check_package_name(name: str) -> None:
    """Refuse a name that cannot become the package of a project.

    Raises:
        ValueError: It is not an ASCII identifier, or it is a keyword, a standard module or one that projects have.
    """
    if not _NAME.fullmatch(name):
        suggestion = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
        hint = f"; did you mean {suggestion!r}?" if _NAME.fullmatch(suggestion) else ""
        raise ValueError(f"{name!r} is not a name for a package: letters, digits and _ only, a letter first{hint}")
    if keyword.iskeyword(name):
        raise ValueError(f"{name!r} is a keyword of Python; choose another name")
    if name in sys.stdlib_module_names:
        raise ValueError(f"{name!r} is a module of the standard library; choose another name")
    if name in ("tests", "viperctl"):
        raise ValueError(f"{name!r} stands beside the package in every project; choose another name")


def render(templates: Mapping[str, str], **values: object) -> list[ScaffoldFile]:
    """Render ``template: path`` pairs; a name that a template uses and nobody gave is an error."""
    environment = Environment(
        loader=PackageLoader("openviper.cli"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 - Python, TOML and Markdown
    )
    return [ScaffoldFile(path, environment.get_template(name).render(values)) for name, path in templates.items()]


def write_whole(folder: Path, files: Iterable[ScaffoldFile]) -> None:
    """Make ``folder`` with ``files`` in it: written beside its place, then moved there in one step.

    Raises:
        CommandLineError: It exists, or cannot be written; nothing of it is left then.
    """
    if folder.exists() or folder.is_symlink():
        raise CommandLineError(f"{folder} is there already; nothing was written")
    staging = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    try:
        staging.mkdir()
        for file in files:
            _write(staging / file.path, file)
        staging.rename(folder)
    except OSError as error:
        raise CommandLineError(f"{folder} cannot be written: {error}; nothing is left of it") from error
    finally:
        # Gone already where all went well; whatever else ended this, Ctrl-C too, leaves nothing behind.
        shutil.rmtree(staging, ignore_errors=True)


def _write(path: Path, file: ScaffoldFile) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=file.mode, exist_ok=False)
    path.write_text(file.content, encoding="utf-8", newline="\n")
