"""Renew ``constraints.txt``: the newest versions that the workspace's ranges allow, for every supported Python."""

from __future__ import annotations

import difflib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.commands import uv
from tools.workspace import CONSTRAINTS, ROOT, packages

__all__ = ["main"]

EXPORT = (
    "--all-packages",
    "--all-extras",
    "--all-groups",
    "--no-hashes",
    "--no-emit-workspace",
    "--no-annotate",
    "--no-header",
)


def main(arguments: list[str]) -> int:
    """With ``--check`` nothing is written, and the exit code is 1 where something would be."""
    current, newest = CONSTRAINTS.read_text(), resolve()
    if current == newest:
        print(f"{CONSTRAINTS.name} is up to date")
        return 0
    print(f"{CONSTRAINTS.name} is stale:")
    changes = difflib.unified_diff(current.splitlines(), newest.splitlines(), "tested", "newest", lineterm="", n=0)
    print(*changes, sep="\n")
    if "--check" in arguments:
        return 1
    CONSTRAINTS.write_text(newest)
    print(f"{CONSTRAINTS.name} is renewed; run ./dev test before it is committed")
    return 0


def resolve() -> str:
    """What ``constraints.txt`` would say today."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        # Resolved in a copy: uv.lock records the addresses of indexes, and an old one would keep old versions.
        for folder in (ROOT, *(package.path for package in packages().values())):
            target = copy / folder.relative_to(ROOT)
            target.mkdir(parents=True, exist_ok=True)
            for file in ("pyproject.toml", "README.md", "LICENSE"):
                shutil.copy(folder / file, target / file)
        export = [uv(), "export", "--quiet", *EXPORT]
        return subprocess.run(export, cwd=copy, stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
