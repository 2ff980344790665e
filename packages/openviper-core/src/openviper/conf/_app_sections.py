"""The sections of apps that are no distribution, read from their source: user code is not imported for a warning."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.core.imports import locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["settings_declared_in"]


def settings_declared_in(apps: Iterable[str]) -> set[str]:
    """Return the upper-case fields of the dataclasses in the modules that stand directly in the apps' folders.

    A module that cannot be read or parsed declares nothing; whoever imports it is told why.
    """
    found: set[str] = set()
    for file in (file for name in apps for file in _modules_of(name)):
        try:
            source = file.read_bytes()
            tree = ast.parse(source, str(file)) if b"dataclass" in source else None
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if tree is not None:
            found.update(_fields(tree))
    return found


def _modules_of(name: str) -> list[Path]:
    location = locate(name)
    if location is None:
        return []
    if location.path is None:
        return [Path(location.file)] if location.file else []
    return [file for folder in location.path for file in sorted(Path(folder).glob("*.py"))]


def _fields(tree: ast.Module) -> Iterator[str]:
    for each in tree.body:
        if isinstance(each, ast.ClassDef) and any(map(_is_dataclass, each.decorator_list)):
            for line in each.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.target.id.isupper():
                    yield line.target.id


def _is_dataclass(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return getattr(called, "id", getattr(called, "attr", None)) == "dataclass"
