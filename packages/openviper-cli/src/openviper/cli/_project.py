"""Finding the project: its settings module, its folder, and the folder that must be importable.

The order: ``--settings``, the command's target, ``OPENVIPER_SETTINGS_MODULE``, ``[tool.openviper] settings`` in the
nearest ``pyproject.toml`` upward, the project layout. Nothing is written, imported or changed here.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from openviper.cli.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["SETTINGS_VARIABLE", "Project", "find_project", "names_project"]

SETTINGS_VARIABLE = "OPENVIPER_SETTINGS_MODULE"

# What a .env file says of it; whether the file is well formed, the settings say when they are loaded.
_IN_DOTENV = re.compile(rf"^\s*(?:export\s+)?{SETTINGS_VARIABLE}\s*=\s*['\"]?([\w.:]+)", re.MULTILINE)
# Another framework's settings.py makes no project of ours.
_OURS = re.compile(rb"\bopenviper\b")


@dataclass(frozen=True, slots=True)
class Project:
    """A project that was found; its settings are not loaded yet."""

    #: ``"mysite.settings"``; ``"settings"`` in the root layout.
    settings_module: str
    #: The project's own folder.
    root: Path
    #: What must stand on ``sys.path``: the root, or ``src`` in it.
    import_root: Path
    #: How it was found, for messages: ``"--settings"``, ``"pyproject.toml"``, ...
    source: str

    @property
    def package(self) -> str | None:
        """The package that holds the settings; ``None`` in the root layout."""
        return self.settings_module.partition(":")[0].rpartition(".")[0] or None

    @property
    def name(self) -> str:
        """The package's name, or the folder's in the root layout."""
        return self.package or self.root.name

    def __str__(self) -> str:
        return f"{self.name} in {self.root}, settings {self.settings_module} (found by {self.source})"


def find_project(directory: Path, *, settings: str | None = None, target: str | None = None) -> Project | None:
    """Find the project that a command works on; ``None`` where nothing says that there is one.

    Args:
        directory: Where to look, absolute; usually the current directory.
        settings: A settings module, the value of ``--settings``.
        target: ``"."`` (the project of ``directory``, whatever the environment says) or a module path relative to it.

    Raises:
        ProjectError: A name is no module, a target has no project, several projects could be meant, or
            ``pyproject.toml`` cannot be read.
    """
    if settings is not None:
        return _of_settings_module(settings, directory, "--settings")
    if target not in (None, "."):
        return _from_module_path(str(target), directory)
    steps: list[Callable[[Path], Project | None]] = [_from_environment, _from_pyproject, _from_layout]
    if target == ".":
        steps = [_from_pyproject, _from_layout, _from_environment]
    project = next(filter(None, (step(directory) for step in steps)), None)
    if project is None and target == ".":
        raise ProjectError(
            f"there is no project in {directory}: no settings.py, no folder with one, and no [tool.openviper] settings "
            f"in a pyproject.toml; change to the project's folder or name its settings: --settings mysite.settings"
        )
    return project


def names_project(word: str, directory: Path) -> bool:
    """Tell whether ``word`` is a folder with a settings module in ``directory`` or its ``src``."""
    return any(_has_module(base, f"{word}.settings") for base in _bases(directory))


def _from_environment(directory: Path) -> Project | None:
    module = os.environ.get(SETTINGS_VARIABLE, "").strip()
    if module:
        return _of_settings_module(module, directory, SETTINGS_VARIABLE)
    pyproject = _nearest_pyproject(directory)
    dotenv = (pyproject.parent if pyproject else directory) / ".env"
    if not dotenv.is_file():
        return None
    found = _IN_DOTENV.search(dotenv.read_text(encoding="utf-8", errors="replace"))
    return _of_settings_module(found[1], directory, f"{SETTINGS_VARIABLE} in {dotenv}") if found else None


def _from_pyproject(directory: Path) -> Project | None:
    path = _nearest_pyproject(directory)
    module = _settings_in(path) if path else None
    if path is None or module is None:
        return None
    return _of_settings_module(module, path.parent, str(path), key="[tool.openviper] settings")


def _from_layout(directory: Path) -> Project | None:
    pyproject = _nearest_pyproject(directory)
    for place in dict.fromkeys([directory, pyproject.parent if pyproject else directory]):
        found = _layouts(place)
        if len(found) > 1:
            names = ", ".join(each.settings_module for each in found)
            raise ProjectError(
                f"{place} holds {len(found)} projects: {names}; name one: --settings {found[0].settings_module}, "
                f"or [tool.openviper] settings in pyproject.toml"
            )
        if found:
            return _checked(found[0])
    return None


def _layouts(place: Path) -> list[Project]:
    if _is_ours(place / "settings.py"):
        return [Project("settings", place, place, "the root layout")]
    return [
        Project(f"{child.name}.settings", place, base, "the module layout")
        for base in _bases(place)
        for child in sorted(base.iterdir())
        if child.name.isidentifier() and _is_ours(child / "settings.py")
    ]


def _from_module_path(target: str, directory: Path) -> Project:
    """Find the settings of ``apps.shop``: its own, else the nearest above it, else those of the folder."""
    path = target.replace(".", "/")
    bases = [base for base in _bases(directory) if (base / path).is_dir() or _has_module(base, target)]
    for base in bases:
        package = target
        while package:
            if _has_module(base, f"{package}.settings"):
                return _checked(Project(f"{package}.settings", directory, base, f"the target {target}"))
            package = package.rpartition(".")[0]
    project = (_from_pyproject(directory) or _from_layout(directory) or _from_environment(directory)) if bases else None
    if project is None:
        raise ProjectError(
            f"{target!r} is no project of {directory}: there is neither {path}/settings.py nor src/{path}/settings.py"
        )
    return project


def _of_settings_module(module: str, directory: Path, source: str, *, key: str = "") -> Project:
    # A class may follow: "mysite.settings:Production".
    path, _, _ = module.partition(":")
    if not all(part.isidentifier() for part in path.split(".")):
        where = " ".join(filter(None, (key, source)))
        raise ProjectError(f"{module!r} ({where}) is not a module name; expected one like 'mysite.settings'")
    pyproject = _nearest_pyproject(directory)
    for place in dict.fromkeys([directory, pyproject.parent if pyproject else directory]):
        for base in _bases(place):
            if _has_module(base, path):
                return _checked(Project(module, place, base, source))
    # Installed, perhaps; only here is there need to ask, and logging comes with it.
    from openviper.core.app_resolver import AppResolver  # noqa: PLC0415

    if AppResolver((), root=directory).find(path) is None:
        raise ProjectError(f"there is no module {path!r} ({source}), neither in {directory} nor installed")
    return Project(module, directory, directory, source)


def _checked(project: Project) -> Project:
    top = project.settings_module.partition(".")[0]
    if top in sys.stdlib_module_names:
        raise ProjectError(
            f"{project.settings_module} in {project.import_root} cannot be imported: {top!r} is a module of the "
            f"standard library; rename the folder"
        )
    return project


def _bases(place: Path) -> list[Path]:
    return [base for base in (place, place / "src") if base.is_dir()]


def _has_module(base: Path, module: str) -> bool:
    path = base.joinpath(*module.split("."))
    return path.with_name(f"{path.name}.py").is_file() or (path / "__init__.py").is_file()


def _is_ours(file: Path) -> bool:
    return file.is_file() and _OURS.search(file.read_bytes()) is not None


def _nearest_pyproject(directory: Path) -> Path | None:
    for place in (directory, *directory.parents):
        path = place / "pyproject.toml"
        if path.is_file():
            return path
    return None


def _settings_in(path: Path) -> str | None:
    import tomllib  # noqa: PLC0415 - most command lines end before a pyproject.toml is read

    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be read: {error}") from error
    table: Any = document.get("tool", {}).get("openviper", {})
    if not isinstance(table, dict):
        raise ProjectError(f"[tool.openviper] of {path} is {table!r}; expected a table: settings = 'mysite.settings'")
    module: Any = cast("dict[str, Any]", table).get("settings")
    if module is None or isinstance(module, str):
        return module
    raise ProjectError(f"settings = {module!r} ([tool.openviper] in {path}) is not a module name; expected a string")
