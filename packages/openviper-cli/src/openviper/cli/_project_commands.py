"""Which commands the apps of a project have: ``<app>/management/commands/NAME.py``. None of them is imported."""

# pathlib would take longer than the looking.
# ruff: noqa: PTH113, PTH118, PTH208

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from openviper.cli._package_folders import package_folders
from openviper.core.imports import locate
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

__all__ = [
    "CommandFile",
    "ProjectCommands",
    "apps_with",
    "command_name",
    "commands_in",
    "find_commands",
    "may_hold_command",
]

# Few enough to be looked through in 50 ms.
_MOST_FOLDERS = 1_000
# What a build leaves is no app, though it holds copies of them.
_NO_APPS = frozenset({"build", "dist", "node_modules"})


class CommandFile(NamedTuple):
    """A file that holds a command."""

    #: As typed: ``send-digest``.
    name: str
    #: The dotted name of the app; the folder's in the root layout.
    app: str
    #: ``shop.management.commands.send_digest``.
    module: str
    path: str

    @property
    def owner(self) -> str:
        """Whose command it is, for messages."""
        return f"the app {harmless_line(self.app)}"


class ProjectCommands(NamedTuple):
    """What the apps of a project offer."""

    #: Name -> files, in the order of the apps; more than one is a conflict.
    files: Mapping[str, tuple[CommandFile, ...]]
    #: File -> why it is no command.
    unusable: Mapping[str, str]


def command_name(stem: str) -> str:
    """Return what is typed for the file ``stem.py``."""
    return stem.replace("_", "-")


def find_commands(apps: Iterable[str], root: str | None = None) -> ProjectCommands:
    """Look into the folder of each app; names that start with ``_`` or ``.`` are none of commands.

    Args:
        apps: Dotted names. One that is not there, or is a single module, has no commands.
        root: The project's folder in the root layout: an app too, whose modules are imported without a prefix.
    """
    files: dict[str, tuple[CommandFile, ...]] = {}
    unusable: dict[str, str] = {}
    for app, prefix, folder in _app_folders(apps, root):
        commands = os.path.join(folder, "management", "commands")
        for name in _python_files(commands, unusable):
            stem, path = name[: -len(".py")], os.path.join(commands, name)
            if stem.isidentifier():
                file = CommandFile(command_name(stem), app, f"{prefix}management.commands.{stem}", path)
                files[file.name] = (*files.get(file.name, ()), file)
            else:
                unusable[path] = f"{harmless_line(name)!r} is no name for a module; letters, digits and _ only"
    return ProjectCommands(files, unusable)


def commands_in(folder: str) -> list[str]:
    """Return the names of the commands of the app in ``folder``, as they are typed."""
    names = _python_files(os.path.join(folder, "management", "commands"), {})
    return [command_name(stem) for name in names if (stem := name[: -len(".py")]).isidentifier()]


def _app_folders(apps: Iterable[str], root: str | None) -> Iterator[tuple[str, str, str]]:
    """Yield name, prefix for imports and folder of each app; no folder twice."""
    found = [(app, f"{app}.", location.path[0]) for app in apps if (location := locate(app)) and location.path]
    if root is not None:
        found.append((os.path.basename(root), "", root))  # noqa: PTH119 - as above
    seen: set[str] = set()
    for name, prefix, folder in found:
        real = os.path.realpath(folder)
        if real not in seen:
            seen.add(real)
            yield name, prefix, folder


def _python_files(folder: str, unusable: dict[str, str]) -> list[str]:
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        unusable[folder] = f"it cannot be read: {error.strerror}"
        return []
    return sorted(name for name in names if name.endswith(".py") and not name.startswith(("_", ".")))


def may_hold_command(root: str, name: str) -> bool:
    """Tell whether a folder below ``root`` could be an app with the command ``name``.

    This reads no settings, which the commands of distributions may need to read later, or not at all. In a tree of more
    than a thousand folders it is ``True``.
    """
    folders = package_folders(root)
    is_held = any(_holds(folder, entries, name) for _, folder, entries in islice(folders, _MOST_FOLDERS))
    return is_held or next(folders, None) is not None


def apps_with(root: str, name: str) -> Iterator[str]:
    """Yield the dotted name of each folder below ``root`` that is an app with the command ``name``, or could be one.

    In a tree of more than a thousand folders not all are looked into.
    """
    if name.startswith("_"):
        return
    for app, folder, entries in islice(package_folders(root, _NO_APPS), _MOST_FOLDERS):
        if app and _holds(folder, entries, name):
            yield app


def _holds(folder: str, entries: Collection[str], name: str) -> bool:
    file = f"{name.replace('-', '_')}.py"
    return "management" in entries and os.path.isfile(os.path.join(folder, "management", "commands", file))
