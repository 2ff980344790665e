"""mypy and pyright, both strict, and whether the ranges that packages declare fit each other."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.commands import check, uv
from tools.workspace import packages

__all__ = ["main"]

TOOLS = Path(__file__).parent


def main() -> int:
    sources = [f"packages/{package.path.name}/src" for package in packages().values()]
    results = [
        check(sys.executable, "-m", "mypy", *sources),
        check(
            sys.executable, "-m", "mypy", "noxfile.py", *(f"tools/{path.name}" for path in sorted(TOOLS.glob("*.py")))
        ),
        check(sys.executable, "-m", "pyright", *sources),
        # uv does not compare the ranges of members when it installs them.
        check(uv(), "pip", "check", "--python", sys.executable),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
