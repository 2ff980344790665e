"""Where the packages of this repository are, and what each one declares."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["CONSTRAINTS", "NAMESPACES", "ROOT", "STATE", "Package", "meta", "packages"]

ROOT = Path(__file__).resolve().parent.parent
#: The versions that the tests ran with; every environment here is made by it.
CONSTRAINTS = ROOT / "constraints.txt"
#: Whatever ``./dev`` makes beside ``.venv``: a private uv, built wheels. Ignored by git.
STATE = ROOT / ".dev"
#: PEP 420 namespaces, which several distributions fill: an ``__init__.py`` in one hides all the others.
NAMESPACES = ("openviper", "openviper/core", "openviper/_checks", "openviper/_commands", "openviper/_settings")


@dataclass(frozen=True, slots=True)
class Package:
    """One distribution of the workspace, as its ``pyproject.toml`` describes it."""

    path: Path
    project: dict[str, Any]
    tool: dict[str, Any]
    groups: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.project["name"])

    @property
    def version(self) -> str:
        return str(self.project["version"])

    @property
    def extras(self) -> dict[str, list[str]]:
        return dict(self.project.get("optional-dependencies", {}))

    @property
    def test_group(self) -> list[str]:
        """The arguments with which ``uv pip install`` takes what its tests need beside its extras."""
        return ["--group", f"{self.path / 'pyproject.toml'}:test"] if "test" in self.groups else []

    def editable(self, *extras: str) -> list[str]:
        """The arguments with which ``uv pip install`` takes it from the checkout, with ``extras``."""
        wanted = f"[{','.join(sorted(extras))}]" if extras else ""
        return ["-e", f"{self.path}{wanted}"]


def read(path: Path) -> Package:
    with (path / "pyproject.toml").open("rb") as file:
        data = tomllib.load(file)
    return Package(path, data["project"], data.get("tool", {}), data.get("dependency-groups", {}))


@functools.cache
def packages() -> dict[str, Package]:
    """The members by name, in the order of their folders."""
    found = (read(path.parent) for path in sorted(ROOT.glob("packages/*/pyproject.toml")))
    return {package.name: package for package in found}


@functools.cache
def meta() -> Package:
    """The root: the distribution ``openviper``, which has extras and no code."""
    return read(ROOT)
