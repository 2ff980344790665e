"""Rendering a scaffold from the templates of this package, and writing it whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from openviper.cli._names import check_package_name
from openviper.cli.errors import CommandLineError
from openviper.core.stop_signals import ended_by_signals
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["ScaffoldFile", "check_package_name", "render", "write_file", "write_whole"]


@dataclass(frozen=True, slots=True)
class ScaffoldFile:
    """A file to be written."""

    #: Below the folder that is made, with ``/``.
    path: str
    content: str
    mode: int = 0o666


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


@ended_by_signals()
def write_whole(folder: Path, files: Iterable[ScaffoldFile]) -> None:
    """Make ``folder`` with ``files`` in it: written beside its place, then moved there in one step.

    Raises:
        CommandLineError: It exists, or cannot be written; nothing of it is left then.
        SystemExit: A SIGTERM or a SIGHUP came, with the same outcome.
    """
    shown = harmless_line(str(folder))
    if folder.exists() or folder.is_symlink():
        raise CommandLineError(f"{shown} is there already; nothing was written")
    staging = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    try:
        staging.mkdir()
        for file in files:
            path = staging / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, file)
        staging.rename(folder)
    except OSError as error:
        # Without the error's own path, which is that of a folder nobody knows of.
        reason = error.strerror or type(error).__name__
        raise CommandLineError(f"{shown} cannot be written: {reason}; nothing is left of it") from error
    finally:
        # Gone already where all went well; whatever else ended this, a signal too, leaves nothing behind.
        shutil.rmtree(staging, ignore_errors=True)


def write_file(path: Path, file: ScaffoldFile) -> None:
    """Write ``file`` to ``path``, in a folder that is there.

    Raises:
        FileExistsError: Something has that name, be it a link to nowhere.
    """
    path.touch(mode=file.mode, exist_ok=False)
    path.write_text(file.content, encoding="utf-8", newline="\n")
