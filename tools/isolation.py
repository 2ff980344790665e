"""Each wheel alone in a fresh environment: does every module find what its distribution declares?

The shared ``.venv`` has everybody's dependencies, so an undeclared one shows only here. Command modules may need click,
and are imported once openviper-cli is added. A module that needs one of its distribution's extras says so in its
``pyproject.toml``, below ``[tool.isolation]``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools import fresh
from tools.commands import report
from tools.wheels import build_unless_told, built
from tools.workspace import Package, packages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["main", "problems_of"]

IMPORT_EACH = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException as error:
        print(f"{name}: {type(error).__name__}: {error}")
"""
COMMAND_MODULES = """
import importlib, sys
for name in sys.argv[1:]:
    for command in importlib.import_module(name).COMMANDS:
        print(command.import_path.partition(":")[0])
"""


def main(names: Iterable[str]) -> int:
    """Check the wheels of ``names``, or all of them."""
    chosen = [packages()[name] for name in names]
    results = [report(f"{package.name} alone", problems_of(package)) for package in chosen or packages().values()]
    if not chosen:
        results.append(report("openviper, which has no code", in_fresh_environment(meta_problems)))
    return 0 if all(results) else 1


def in_fresh_environment(look: Callable[[Path, Path], list[str]]) -> list[str]:
    """What ``look`` finds, given a new environment's Python and the constraints to install by."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return look(fresh.create(folder / "venv"), fresh.pins(folder))


def problems_of(package: Package) -> list[str]:
    """What fails when the wheel of ``package`` is all that a user installs."""
    return in_fresh_environment(lambda python, constraints: look_at(package, python, constraints))


def look_at(package: Package, python: Path, constraints: Path) -> list[str]:
    if failure := fresh.install(python, constraints, package.name):
        return [failure]
    modules = modules_of(built()[package.name])
    if not package.project.get("dependencies") and fresh.installed(python) != [package.name]:
        return [f"it declares no dependency, yet came with {fresh.installed(python)}"]
    commands = set(run(python, COMMAND_MODULES, [name for name in modules if name.startswith("openviper._commands.")]))
    needs: dict[str, list[str]] = package.tool.get("isolation", {}).get("needs", {})
    alone, later = divide(modules, needs)
    problems = run(python, IMPORT_EACH, [name for name in alone if name not in commands])
    rounds = [(needs[name], found) for name, found in later.items()]
    rounds += [(["openviper-cli"], sorted(commands & set(alone)))] if commands else []
    for requirements, added in rounds:
        failure = fresh.install(python, constraints, *requirements)
        problems += [failure] if failure else run(python, IMPORT_EACH, added)
    return problems


def divide(modules: list[str], needs: Iterable[str]) -> tuple[list[str], dict[str, list[str]]]:
    """The modules that need nothing, and those below each name of ``needs``, of which the longest counts."""
    alone: list[str] = []
    later: dict[str, list[str]] = {name: [] for name in needs}
    for module in modules:
        covering = [name for name in later if f"{module}.".startswith(f"{name}.")]
        (later[max(covering, key=len)] if covering else alone).append(module)
    return alone, later


def meta_problems(python: Path, constraints: Path) -> list[str]:
    """What fails when a user installs ``openviper``, and then ``openviper[all]``."""
    problems: list[str] = []
    for requirement, expected in (("openviper", {"openviper-core"}), ("openviper[all]", set(packages()))):
        if failure := fresh.install(python, constraints, requirement):
            return [failure]
        came = {name for name in fresh.installed(python) if name.startswith("openviper-")}
        if came != expected:
            problems.append(f"{requirement} came with {sorted(came)}, not with {sorted(expected)}")
    return problems


def modules_of(wheel: Path) -> list[str]:
    """The modules in a wheel, dotted; without ``__main__``, which runs when it is imported."""
    paths = [Path(name) for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")]
    parts = (path.with_suffix("").parts for path in paths)
    dotted = {".".join(part[:-1] if part[-1] == "__init__" else part) for part in parts if part[-1] != "__main__"}
    return sorted(dotted)


def run(python: Path, program: str, names: list[str]) -> list[str]:
    """The lines that ``program`` prints for ``names``, or how it failed."""
    if not names:
        return []
    answer = subprocess.run([python, "-I", "-c", program, *names], capture_output=True, text=True, check=False)
    return answer.stdout.splitlines() + (answer.stderr.strip().splitlines()[-1:] if answer.returncode else [])


if __name__ == "__main__":
    sys.exit(main(build_unless_told(sys.argv[1:])))
