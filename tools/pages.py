"""Follow every page that a user reads: the READMEs, each from nothing; the documentation, with everything installed.

A README has to say itself what is to be installed, so its environment has pip and nothing else. ``pip install`` gets
the wheels that were just built (``tools.wheels``).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools import fresh
from tools.commands import report
from tools.wheels import build_unless_told, built
from tools.workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["main"]

EVERYTHING = ("openviper[all]", "openviper-http[testing]", "pytest", "pytest-asyncio")


def main(names: Iterable[str]) -> int:
    """Follow the pages of ``names`` (paths), or all of them."""
    chosen = [Path(name).resolve() for name in names]
    readmes = [ROOT / "README.md", *sorted(ROOT.glob("packages/*/README.md"))]
    docs = [page for page in sorted(ROOT.glob("docs/**/*.md")) if "_build" not in page.parts]
    results: list[bool] = []
    with tempfile.TemporaryDirectory() as name:
        shared = Path(name)
        for page in (page for page in readmes if not chosen or page in chosen):
            with tempfile.TemporaryDirectory() as own:
                results.append(follow(page, Path(own), make(Path(own))))
        if wanted := [page for page in docs if not chosen or page in chosen]:
            python = make(shared)
            if failure := fresh.install(python, shared / "constraints.txt", *EVERYTHING):
                report("docs", [failure])
                return 1
            results += [follow(page, shared, python) for page in wanted]
    return 0 if all(results) else 1


def make(folder: Path) -> Path:
    """An environment with pip alone, and the constraints by which pip takes our wheels; return its Python."""
    fresh.pins(folder, built())
    return fresh.create(folder / "venv", "--seed")


def follow(page: Path, folder: Path, python: Path) -> bool:
    """Run a page in an empty directory, with the environment of ``python`` activated."""
    with tempfile.TemporaryDirectory() as empty:
        answer = subprocess.run(
            [python, "-P", ROOT / "tools" / "run_page.py", page],
            cwd=empty,
            env=environment(folder, python),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    return report(str(page.relative_to(ROOT)), answer.stdout.splitlines() if answer.returncode else [])


def environment(folder: Path, python: Path) -> dict[str, str]:
    """What a page's commands see: that of ``python``, and no setting of whoever runs this, nor of these tools."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "OPENVIPER_", "PIP_CONSTRAINT"))
    }
    return kept | {
        "CHECKOUT_OF_PAGES": str(ROOT),
        "PATH": os.pathsep.join((str(python.parent), os.environ["PATH"])),
        "PIP_CONSTRAINT": str(folder / "constraints.txt"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "VIRTUAL_ENV": str(python.parent.parent),
    }


if __name__ == "__main__":
    sys.exit(main(build_unless_told(sys.argv[1:])))
