"""mypy and pyright, both strict, and whether the ranges that packages declare fit each other."""

from __future__ import annotations

import sys

from tools.commands import check, uv
from tools.workspace import packages

__all__ = ["main"]


def main() -> int:
    sources = [package.path.relative_to(package.path.parent.parent) / "src" for package in packages().values()]
    results = [
        check(sys.executable, "-m", "mypy", *sources),
        check(sys.executable, "-m", "mypy", "tools", "noxfile.py"),
        check(sys.executable, "-m", "pyright"),
        # uv does not compare the ranges of members when it installs them.
        check(uv(), "pip", "check", "--python", sys.executable),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
