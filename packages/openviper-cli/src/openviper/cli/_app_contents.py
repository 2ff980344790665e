"""What an app brings, told from its files and its sources; it is not imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.cli._failure_lines import failure_line
from openviper.cli._project_commands import commands_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openviper.core.imports import Location

__all__ = ["AppContents", "contents_of", "contents_of_folder"]

_HOOKS = ("ready", "shutdown")
_FOLDERS = ("static", "templates", "migrations")
_MODULES = ("models", "routes", "admin", "checks", "middleware")


@dataclass(frozen=True, slots=True)
class AppContents:
    """What was found of an app."""

    #: Of ``ready``, ``shutdown``, ``commands``, ``static``, ``templates``, ``migrations``, ``models``, ``routes``,
    #: ``admin``, ``checks`` and ``middleware``, in this order.
    brings: tuple[str, ...] = ()
    #: Names of management commands, as they are typed.
    commands: tuple[str, ...] = ()
    #: Why its hooks cannot be told: a line that names the file.
    problem: str = ""


def contents_of(app: Location) -> AppContents:
    """Look at a package, or at a single module, whose folder is the app's."""
    if app.path is None:
        return _contents([app.folder] if app.folder else [], [Path(app.file)] if app.file else [], modules=())
    folders = [Path(each) for each in app.path]
    places = ("__init__.py", "apps.py", "apps/__init__.py")
    return _contents(folders, [folder / place for folder in folders for place in places], modules=_MODULES)


def contents_of_folder(folder: Path) -> AppContents:
    """Look at a folder that is an app without being a package: the project's own, in the root layout."""
    return _contents([folder], [], modules=_MODULES)


def _contents(folders: list[Path], sources: list[Path], *, modules: tuple[str, ...]) -> AppContents:
    hooks: set[str] = set()
    problem = ""
    for source in sources:
        try:
            hooks.update(_names_in(source))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            problem = problem or f"{source} cannot be read: {failure_line(error)}"
    commands = _commands_in(folders) if modules else ()
    brings = (
        *(each for each in _HOOKS if each in hooks),
        *(("commands",) if commands else ()),
        *(each for each in _FOLDERS if any((folder / each).is_dir() for folder in folders)),
        *(each for each in modules if any(_has_module(folder, each) for folder in folders)),
    )
    return AppContents(brings, commands, problem)


def _names_in(source: Path) -> set[str]:
    """Return the names that a module's top level binds; none where there is no such source."""
    if source.suffix != ".py" or not source.is_file():
        return set()
    return set(_bound(ast.parse(source.read_bytes(), str(source))))


def _bound(tree: ast.Module) -> Iterator[str]:
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        else:
            pending.extend(ast.iter_child_nodes(node))


def _commands_in(folders: list[Path]) -> tuple[str, ...]:
    # Of a package in several folders the first one counts, as where they are run.
    return tuple(commands_in(str(folders[0]))) if folders else ()


def _has_module(folder: Path, name: str) -> bool:
    return (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()
