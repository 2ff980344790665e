"""The files of a new management command, and of its test."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from openviper.cli._app_lookup import AppFolder, is_package
from openviper.cli._names import entry_named
from openviper.cli._scaffold import ScaffoldFile, render
from openviper.cli.errors import CommandLineError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command_files"]


class _TestPlace(NamedTuple):
    path: Path
    #: How the test names the app's package ``management``.
    management: str
    #: The ``__init__.py`` that its folder lacks.
    init: Path | None = None


def command_files(app: AppFolder, directory: Path, command: str, module: str) -> list[ScaffoldFile]:
    """Return the files of a command and of its test, after the packages that are missing; paths below ``directory``.

    Raises:
        CommandLineError: Something has the command's name already, or a file stands where a folder must be.
    """
    commands = app.path / "management" / "commands"
    test = _test_place(app, directory, module)
    _refuse_taken(commands / module, test.path.with_suffix(""))
    _refuse_module(commands.parent)
    _refuse_module(commands)
    inits = [folder / "__init__.py" for folder in (commands.parent, commands) if not is_package(folder)]
    empty = [ScaffoldFile(_below(directory, path), "") for path in (*inits, *([test.init] if test.init else []))]
    templates = {
        "command/command.py.jinja": _below(directory, commands / f"{module}.py"),
        "command/test_command.py.jinja": _below(directory, test.path),
    }
    names = {"command": command, "module": module, "app": app.label, "management": test.management}
    return empty + render(templates, **names)


def _refuse_taken(*paths: Path) -> None:
    for path in paths:
        if taken := entry_named(path.name, path.parent):
            raise CommandLineError(f"{taken} is there already; nothing was written")


def _refuse_module(folder: Path) -> None:
    """A package hides a module of its name, and a file cannot hold anything."""
    module = folder.with_suffix(".py")
    if module.exists() or (folder.exists() and not folder.is_dir()):
        there = module if module.exists() else folder
        raise CommandLineError(f"{there} stands where {folder} has to be a package; nothing was written")


def _test_place(app: AppFolder, directory: Path, module: str) -> _TestPlace:
    """Choose the app's own ``tests/``, else the project's, else beside its ``tests.py``, else a new ``tests/``."""
    own, shared = app.path / "tests", directory / "tests"
    # Else pytest takes tests/ for a package of its own, without a parent.
    is_regular = is_package(app.path)
    absolute = app.module("management")
    if own.is_dir():
        inside = is_package(own) and is_regular
        return _TestPlace(own / f"test_{module}.py", "..management" if inside else absolute)
    if shared.is_dir():
        return _TestPlace(shared / f"test_{app.label}_{module}.py", absolute)
    if (app.path / "tests.py").exists():
        return _TestPlace(app.path / f"test_{module}.py", ".management" if is_regular else absolute)
    if not is_regular:
        return _TestPlace(own / f"test_{module}.py", absolute)
    return _TestPlace(own / f"test_{module}.py", "..management", own / "__init__.py")


def _below(directory: Path, path: Path) -> str:
    return path.relative_to(directory).as_posix()
