"""Each wheel alone in a fresh environment: does every module find what its distribution declares?

The shared ``.venv`` has everybody's dependencies, so an undeclared one shows only here. Command modules may need click,
and are imported where openviper-cli is too. A module that needs one of its distribution's extras says so in its
``pyproject.toml``, below ``[tool.isolation]``; each such need has an environment of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tools import fresh
from tools.commands import report
from tools.wheels import build_unless_told, built
from tools.workspace import Package, packages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    #: Finds problems in the environment of this Python.
    Look = Callable[[Path], list[str]]

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
    wheels = built()
    chosen = [packages()[name] for name in names]
    results = [
        report(f"{package.name} alone", problems_of(package, wheels)) for package in chosen or packages().values()
    ]
    if not chosen:
        results.append(report("openviper, which has no code", meta_problems(wheels)))
    return 0 if all(results) else 1


def problems_of(package: Package, wheels: Mapping[str, Path]) -> list[str]:
    """What fails when the wheel of ``package`` is all that a user installs, or comes with what some modules need."""
    needs: dict[str, list[str]] = package.tool.get("isolation", {}).get("needs", {})
    alone, later = divide(modules_of(wheels[package.name]), needs)
    rounds: list[tuple[list[str], Look]] = [([], lambda python: look_at(package, alone, python))]
    rounds += [(needs[name], partial(import_each, found)) for name, found in later.items()]
    if manifests(alone):
        rounds.append((["openviper-cli"], lambda python: import_each(sorted(commands_in(alone, python)), python)))
    # Never two in one environment: what the first brought would hide what the second does not declare.
    return [
        problem
        for requirements, look in rounds
        for problem in in_fresh_environment(look, wheels, package.name, *requirements)
    ]


def in_fresh_environment(look: Look, wheels: Mapping[str, Path], *requirements: str) -> list[str]:
    """What ``look`` finds, given a new environment's Python, once ``requirements`` are all that is installed there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = fresh.create(folder / "venv")
        failure = fresh.install(python, fresh.pins(folder, wheels), *requirements)
        return [failure] if failure else look(python)


def look_at(package: Package, modules: list[str], python: Path) -> list[str]:
    """What fails where nothing but ``package`` is installed."""
    if not package.project.get("dependencies") and fresh.installed(python) != [package.name]:
        return [f"it declares no dependency, yet came with {fresh.installed(python)}"]
    commands = commands_in(modules, python)
    return import_each([name for name in modules if name not in commands], python)


def import_each(modules: list[str], python: Path) -> list[str]:
    return run(python, IMPORT_EACH, modules)


def manifests(modules: list[str]) -> list[str]:
    return [name for name in modules if name.startswith("openviper._commands.")]


def commands_in(modules: list[str], python: Path) -> set[str]:
    """Those of ``modules`` that hold a command."""
    return set(run(python, COMMAND_MODULES, manifests(modules))) & set(modules)


def divide(modules: list[str], needs: Iterable[str]) -> tuple[list[str], dict[str, list[str]]]:
    """The modules that need nothing, and those below each name of ``needs``, of which the longest counts."""
    alone: list[str] = []
    later: dict[str, list[str]] = {name: [] for name in needs}
    for module in modules:
        covering = [name for name in later if f"{module}.".startswith(f"{name}.")]
        (later[max(covering, key=len)] if covering else alone).append(module)
    return alone, later


def meta_problems(wheels: Mapping[str, Path]) -> list[str]:
    """What fails when a user installs ``openviper``, or ``openviper[all]``."""
    problems: list[str] = []
    for requirement, expected in (("openviper", {"openviper-core"}), ("openviper[all]", set(packages()))):
        look = partial(other_distributions, requirement, expected)
        problems += in_fresh_environment(look, wheels, requirement)
    return problems


def other_distributions(requirement: str, expected: set[str], python: Path) -> list[str]:
    """What is said where not just ``expected`` of our distributions came with ``requirement``."""
    came = {name for name in fresh.installed(python) if name.startswith("openviper-")}
    return [] if came == expected else [f"{requirement} came with {sorted(came)}, not with {sorted(expected)}"]


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
