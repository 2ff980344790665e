"""Build every distribution, and look into what was built."""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tools.commands import check, report, uv
from tools.workspace import NAMESPACES, STATE, meta

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DIST", "build", "build_unless_told", "built", "inspect", "main", "pytest_plugin"]

DIST = STATE / "dist"


def main() -> int:
    return 0 if build() and report("the wheels' contents", inspect(built())) else 1


def build() -> bool:
    """Each sdist, and each wheel from its sdist, so that an sdist which lacks a file is found."""
    shutil.rmtree(DIST, ignore_errors=True)
    return check(uv(), "build", "--quiet", "--all-packages", "--out-dir", DIST)


def build_unless_told(arguments: list[str]) -> list[str]:
    """Build, but with ``--built`` among ``arguments``; return the others. Ends the program where that fails."""
    if "--built" not in arguments and not build():
        sys.exit(1)
    return [argument for argument in arguments if argument != "--built"]


def built(folder: Path = DIST) -> dict[str, Path]:
    """The wheel of each distribution."""
    return {wheel.name.split("-")[0].replace("_", "-"): wheel for wheel in sorted(folder.glob("*.whl"))}


def inspect(wheels: dict[str, Path]) -> list[str]:
    """What is wrong inside of the wheels: a namespace that one of them takes, a path that two own, no ``py.typed``."""
    owners: dict[str, list[str]] = {}
    problems: list[str] = []
    for name, wheel in wheels.items():
        contents = set(zipfile.ZipFile(wheel).namelist())
        problems += [f"{name}: {problem}" for problem in wheel_problems(name, contents)]
        for path in contents:
            owners.setdefault(path, []).append(name)
    problems += [f"{path} is in {' and in '.join(names)}" for path, names in sorted(owners.items()) if len(names) > 1]
    return problems


def pytest_plugin(name: str) -> str:
    """The module at the top of a wheel that its entry point for pytest names, where it has one.

    Without any module there pytest would take ``openviper/http`` for the standard library's ``http``, rewrite that, and
    warn where it is imported already.
    """
    return f"pytest_{name.replace('-', '_')}"


def wheel_problems(name: str, contents: set[str]) -> Iterator[str]:
    code = sorted(path for path in contents if not re.match(r"[^/]+\.dist-info/", path))
    if name == meta().name:
        yield from (f"{path}: the meta distribution has no code" for path in code)
        return
    if not code:
        yield "there is no code in it"
    plugin = f"{pytest_plugin(name)}.py"
    outside = [path for path in code if not path.startswith("openviper/") and path != plugin]
    yield from (f"{path} is outside of openviper/" for path in outside)
    yield from (
        f"{space}/__init__.py hides every other distribution" for space in NAMESPACES if f"{space}/__init__.py" in code
    )
    if name == "openviper-core" and "openviper/core/py.typed" not in contents:
        yield "openviper/core/py.typed is missing"
    yield from (
        f"{package}/py.typed is missing" for package in sorted(top_packages(code)) if f"{package}/py.typed" not in code
    )
    if not any(path.endswith(".dist-info/licenses/LICENSE") for path in contents):
        yield "LICENSE is missing"


def top_packages(code: list[str]) -> set[str]:
    """The regular packages that stand directly in a namespace, which are where type checkers look for ``py.typed``."""
    folders = {PurePosixPath(path).parent for path in code if path.endswith("/__init__.py")}
    return {str(folder) for folder in folders if str(folder.parent) in NAMESPACES and str(folder) not in NAMESPACES}


if __name__ == "__main__":
    sys.exit(main())
