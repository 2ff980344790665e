"""The files of a new management command, and of its test."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from openviper.cli._app_lookup import AppFolder, is_package
from openviper.cli._names import entry_named
from openviper.cli._scaffold import ScaffoldFile, render
from openviper.cli.errors import CommandLineError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command_files", "command_templates"]

_INIT = "init.py.jinja"


class _TestPlace(NamedTuple):
    path: Path
    #: How the test names the app's package ``management``.
    management: str
    #: The ``__init__.py`` that its folder lacks.
    init: Path | None = None


def command_templates(app: str, module: str) -> dict[str, str]:
    """Return template and path of a command in the folder ``app``, and of its test; for an app that is new too."""
    return {
        "command/command.py.jinja": f"{app}/management/commands/{module}.py",
        "command/test_command.py.jinja": f"{app}/tests/test_{module}.py",
    }


def command_files(app: AppFolder, directory: Path, command: str, module: str) -> list[ScaffoldFile]:
    """Return the files that are missing for a command, the command's own before its test's; paths below ``directory``.

    Raises:
        CommandLineError: Something has the command's name already, or a file stands where a folder must be.
    """
    commands = app.path / "management" / "commands"
    for folder in (app.path / "management", commands):
        _refuse_module(folder)
    test = _test_place(app, directory, module)
    for name, folder in ((module, commands), (test.path.stem, test.path.parent)):
        if taken := entry_named(name, folder):
            raise CommandLineError(f"{taken} is there already; nothing was written")
    inits = [folder / "__init__.py" for folder in (commands.parent, commands) if not is_package(folder)]
    own = render(
        {"command/command.py.jinja": _below(directory, commands / f"{module}.py")}, command=command, app=app.label
    )
    tests = render(
        {"command/test_command.py.jinja": _below(directory, test.path)},
        command=command,
        module=module,
        management=test.management,
    )
    before = [ScaffoldFile(_below(directory, path), "") for path in inits]
    between = [ScaffoldFile(_below(directory, test.init), "")] if test.init else []
    return [*before, *own, *between, *tests]


def _refuse_module(folder: Path) -> None:
    """A package hides a module of its name, and a file cannot hold anything."""
    module = folder.with_suffix(".py")
    if module.exists() or (folder.exists() and not folder.is_dir()):
        there = module if module.exists() else folder
        raise CommandLineError(f"{there} stands where {folder} has to be a package; nothing was written")


def _test_place(app: AppFolder, directory: Path, module: str) -> _TestPlace:
    """Choose the app's own ``tests/``, else the project's, else beside its ``tests.py``, else a new ``tests/``."""
    own, shared = app.path / "tests", directory / "tests"
    absolute = app.module("management")
    if own.is_dir():
        inside = is_package(own) and bool(app.name)
        return _TestPlace(own / f"test_{module}.py", "..management" if inside else absolute)
    if shared.is_dir():
        return _TestPlace(shared / f"test_{app.label}_{module}.py", absolute)
    if (app.path / "tests.py").exists():
        return _TestPlace(app.path / f"test_{module}.py", ".management" if app.name else absolute)
    if not app.name:
        return _TestPlace(own / f"test_{module}.py", absolute)
    return _TestPlace(own / f"test_{module}.py", "..management", own / "__init__.py")


def _below(directory: Path, path: Path) -> str:
    return path.relative_to(directory).as_posix()
