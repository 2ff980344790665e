"""mypy and pyright, both strict, and whether the ranges that packages declare fit each other."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.commands import check, uv
from tools.workspace import ROOT, packages

__all__ = ["main"]

TOOLS = Path(__file__).parent
EXAMPLE = "examples/newsletter"


def main() -> int:
    sources = [f"packages/{package.path.name}/src" for package in packages().values()]
    results = [
        check(sys.executable, "-m", "mypy", *sources),
        check(
            sys.executable, "-m", "mypy", "noxfile.py", *(f"tools/{path.name}" for path in sorted(TOOLS.glob("*.py")))
        ),
        check(sys.executable, "-m", "mypy", *example_sources(), env={"MYPYPATH": EXAMPLE}),
        check(sys.executable, "-m", "pyright", *sources, *example_sources()),
        # uv does not compare the ranges of members when it installs them.
        check(uv(), "pip", "check", "--python", sys.executable),
    ]
    return 0 if all(results) else 1


def example_sources() -> list[str]:
    """Return the example's modules; its tests are as untyped as all tests."""
    found = (path.relative_to(ROOT) for path in (ROOT / EXAMPLE).rglob("*.py"))
    return sorted(str(path) for path in found if "tests" not in path.parts and path.name != "conftest.py")


if __name__ == "__main__":
    sys.exit(main())
