"""What no off-the-shelf checker knows about this repository. Each rule returns its problems, a line each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.workspace import CONSTRAINTS, NAMESPACES, ROOT, Package, meta, packages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["check_constraints", "check_members", "check_namespaces", "check_patterns"]

# ``()`` and ``\\)`` before it: no group's end.
POSSESSIVE_GROUP = re.compile(r"(?<![(\\])\)(?:[*+?]|\{\d*,?\d*\})\+")
FILES = ("README.md", "CHANGELOG.md", "LICENSE", "changes/.gitkeep")


def check_namespaces(members: Iterable[Package]) -> list[str]:
    """The shared namespaces have no ``__init__.py``: one would hide every other distribution."""
    return [
        f"packages/{package.path.name}/src/{name}/__init__.py must not be: several distributions share that folder"
        for package in members
        for name in NAMESPACES
        if (package.path / "src" / name / "__init__.py").exists()
    ]


def check_patterns(members: Iterable[Package]) -> list[str]:
    """No group of a pattern is repeated possessively: Python 3.11.0 to 3.11.4 misread some (gh-106052)."""
    return [
        f"{path}:{number}: a possessively repeated group: Debian 12's Python 3.11.2 may misread it"
        for package in members
        for path in sorted((package.path / "src").rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if POSSESSIVE_GROUP.search(line) and not line.lstrip().startswith("#")
    ]


def check_members(members: Iterable[Package]) -> list[str]:
    """Every package has its files and is named wherever the root's ``pyproject.toml`` lists packages."""
    return [problem for package in members for problem in member_problems(package)]


def member_problems(package: Package) -> Iterator[str]:
    place, tool = f"packages/{package.path.name}", meta().tool
    yield from (f"{place}/{name} is missing" for name in FILES if not (package.path / name).exists())
    if package.path.name != package.name:
        yield f"{place} holds {package.name}: the folder has the distribution's name"
    if f"{place}/src" not in tool["mypy"]["mypy_path"]:
        yield f"pyproject.toml: [tool.mypy] mypy_path lacks {place}/src"
    if f"{place}/src/openviper" not in tool["ruff"]["namespace-packages"]:
        yield f"pyproject.toml: [tool.ruff] namespace-packages lacks {place}/src/openviper"
    if not tool["uv"]["sources"].get(package.name, {}).get("workspace"):
        yield f"pyproject.toml: [tool.uv.sources] lacks {package.name} = {{ workspace = true }}"
    if package.name in tool["uv"].get("exclude-dependencies", ()):
        yield f"pyproject.toml: [tool.uv] exclude-dependencies still has {package.name}, which is here now"
    extra = package.name.removeprefix("openviper-")
    if extra != "core":
        yield from (f"pyproject.toml: extra {name} lacks {wanted}" for name, wanted in missing_extras(extra))


def missing_extras(extra: str) -> Iterator[tuple[str, str]]:
    """The meta distribution has an extra for each package, and ``all`` takes it in."""
    extras = meta().extras
    if not any(Requirement(text).name == f"openviper-{extra}" for text in extras.get(extra, ())):
        yield extra, f"openviper-{extra}"
    if not any(Requirement(text).name == "openviper" and extra in Requirement(text).extras for text in extras["all"]):
        yield "all", extra


def check_constraints(path: Path = CONSTRAINTS) -> list[str]:
    """``constraints.txt`` pins all that is declared, within the declared ranges, and names no address."""
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    problems = [
        f"{path.name}: {line!r} is not NAME==VERSION" for line in lines if not re.match(r"[\w.-]+==[^@/]+$", line)
    ]
    if problems:
        return problems
    pins: dict[str, list[Requirement]] = {}
    for line in lines:
        pin = Requirement(line)
        pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return [
        f"{origin}: {path.name} has no version for {wanted}; `./dev nox -s pins` renews it"
        for origin, wanted in declared()
        if not any(allows(wanted, pin) for pin in pins.get(canonicalize_name(wanted.name), ()))
    ]


def allows(wanted: Requirement, pin: Requirement) -> bool:
    version = next(iter(pin.specifier)).version
    return wanted.specifier.contains(version, prereleases=True)


def declared() -> Iterator[tuple[str, Requirement]]:
    """Every requirement of the workspace on a package from elsewhere, with the file that has it."""
    for package in (meta(), *packages().values()):
        origin = (package.path / "pyproject.toml").relative_to(ROOT).as_posix()
        lists = (package.project.get("dependencies", ()), *package.extras.values(), *package.groups.values())
        for text in (text for texts in lists for text in texts if isinstance(text, str)):
            requirement = Requirement(text)
            if not requirement.name.startswith("openviper"):
                yield origin, requirement
