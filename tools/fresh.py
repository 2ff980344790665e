"""Fresh environments into which the built wheels go, as they would for a user."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tools.commands import uv
from tools.workspace import CONSTRAINTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["create", "install", "installed", "pins"]


def create(folder: Path, *options: str) -> Path:
    """Make a virtual environment of the Python that runs this; return its own Python."""
    subprocess.run([uv(), "venv", "--quiet", "--no-project", "--python", sys.executable, *options, folder], check=True)
    return folder / "bin" / "python"


def pins(folder: Path, wheels: Mapping[str, Path]) -> Path:
    """A constraints file in ``folder``: the tested versions, and for our own distributions ``wheels``.

    An address, not a version: no index can answer in a wheel's place, and uv, which would keep a wheel that it found by
    ``--find-links`` for as long as the version stays, takes what is there now.
    """
    path = folder / "constraints.txt"
    ours = [f"{name} @ {wheel.as_uri()}\n" for name, wheel in wheels.items()]
    path.write_text("".join([CONSTRAINTS.read_text(), *ours]))
    return path


def install(python: Path, constraints: Path, *requirements: str) -> str:
    """Install by uv; the message where it fails, else ``""``."""
    command: list[str | Path] = [uv(), "pip", "install", "--quiet", "--python", python]
    command += ["--constraint", constraints, *requirements]
    # Away from the checkout, whose pyproject.toml would turn our names into the sources.
    answer = subprocess.run(command, cwd=constraints.parent, capture_output=True, text=True, check=False)
    return answer.stderr.strip() if answer.returncode else ""


def installed(python: Path) -> list[str]:
    """The names of the distributions in an environment."""
    command: list[str | Path] = [uv(), "pip", "list", "--quiet", "--format=freeze", "--python", python]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return sorted(line.partition("==")[0] for line in lines)
