"""mypy and pyright, both strict, and whether the ranges that packages declare fit each other."""

from __future__ import annotations

import os
import sys

from tools.commands import check, uv
from tools.workspace import ROOT, packages

__all__ = ["main"]

EXAMPLE = "examples/newsletter"
#: The benchmarks, and what starts their servers, which the packages' tests have too.
BENCHMARKS = "benchmarks"
SERVERS = "packages/openviper-email/tests"


def main() -> int:
    sources = [f"packages/{package.path.name}/src" for package in packages().values()]
    tools = ["noxfile.py", *modules_in("tools")]
    results = [
        check(sys.executable, "-m", "mypy", *sources),
        check(sys.executable, "-m", "mypy", *tools),
        check(sys.executable, "-m", "mypy", *example_sources(), env={"MYPYPATH": EXAMPLE}),
        # Not the contestants: their frameworks are installed in the benchmarks' own environment.
        check(
            sys.executable,
            "-m",
            "mypy",
            *modules_in(BENCHMARKS),
            env={"MYPYPATH": os.pathsep.join((BENCHMARKS, SERVERS))},
        ),
        # Named, because a pyrightconfig.json in any folder above would come before our pyproject.toml.
        check(sys.executable, "-m", "pyright", "--project", "pyproject.toml", *sources, *tools, *example_sources()),
        # uv does not compare the ranges of members when it installs them.
        check(uv(), "pip", "check", "--python", sys.executable),
    ]
    return 0 if all(results) else 1


def modules_in(folder: str) -> list[str]:
    """Return the modules that stand directly in a folder of the checkout."""
    return sorted(f"{folder}/{path.name}" for path in (ROOT / folder).glob("*.py"))


def example_sources() -> list[str]:
    """Return the example's modules; its tests are as untyped as all tests."""
    found = (path.relative_to(ROOT) for path in (ROOT / EXAMPLE).rglob("*.py"))
    return sorted(str(path) for path in found if "tests" not in path.parts and path.name != "conftest.py")


if __name__ == "__main__":
    sys.exit(main())
