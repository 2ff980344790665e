"""Where the settings of this process are: which module or class, and who named it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from openviper.conf._environment import SETTINGS_MODULE, Variable, nearest_pyproject
from openviper.core.errors import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Origin", "find_settings"]

# Another framework's settings.py is none of ours, and must not be imported to find that out.
OURS = re.compile(rb"\bopenviper\b")


class Origin(NamedTuple):
    """The settings' module (``"mysite.settings"``, ``"mysite.settings:Production"``), class or instance.

    ``how`` says who named it; ``folders`` are importable before the module is imported.
    """

    target: Any
    how: str
    folders: tuple[str, ...] = ()
    is_found_by_layout: bool = False

    def __str__(self) -> str:
        return f"{self.name} ({self.how})"

    @property
    def name(self) -> str:
        if isinstance(self.target, str):
            return self.target
        cls: type = self.target if isinstance(self.target, type) else type(self.target)
        return f"{cls.__module__}.{cls.__qualname__}"


def find_settings(environment: Mapping[str, Variable]) -> Origin | None:
    """Find the settings module: ``OPENVIPER_SETTINGS_MODULE``, ``pyproject.toml``, then the project's layout.

    Nothing is imported. ``None``: there is no project here.

    Raises:
        ImproperlyConfigured: ``pyproject.toml`` cannot be used, or several modules could be meant.
    """
    named = environment.get(SETTINGS_MODULE)
    if named is not None and named.text.strip():
        how = SETTINGS_MODULE if named.where == "environment" else f"{SETTINGS_MODULE} in {named.where}"
        return Origin(named.text.strip(), how, _roots(_project_folder()))
    return _from_pyproject() or _from_layout(_here())


def _here() -> str:
    return os.getcwd()  # noqa: PTH109 - pathlib costs more than all of this module


def _project_folder() -> str:
    pyproject = nearest_pyproject()
    return os.path.dirname(pyproject) if pyproject else _here()  # noqa: PTH120


def _roots(folder: str) -> tuple[str, ...]:
    """The folders from which a project's modules are imported: its own and ``src``, and the current one."""
    candidates = [_here(), folder, os.path.join(folder, "src")]  # noqa: PTH118
    return tuple(dict.fromkeys(each for each in candidates if os.path.isdir(each)))  # noqa: PTH112


def _from_pyproject() -> Origin | None:
    path = nearest_pyproject()
    if path is None:
        return None
    with open(path, "rb") as file:  # noqa: PTH123
        content = file.read()
    # Most files have no such table: they are not parsed.
    if b"openviper" not in content:
        return None
    name = _table(path, content).get("settings")
    if name is None:
        return None
    if not isinstance(name, str) or not name.strip():
        raise ImproperlyConfigured(
            f"settings={name!r} ({path}, [tool.openviper]) is not a module name; expected 'mysite.settings'"
        )
    return Origin(name.strip(), f"[tool.openviper] in {path}", _roots(os.path.dirname(path)))  # noqa: PTH120


def _table(path: str, content: bytes) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - only a project that has such a file needs it

    try:
        document = tomllib.loads(content.decode())
    except ValueError as error:
        raise ImproperlyConfigured(f"{path} is not TOML: {error}") from error
    table: Any = document.get("tool", {}).get("openviper", {})
    if not isinstance(table, dict):
        raise ImproperlyConfigured(f"[tool.openviper] of {path} is {table!r}; expected settings = 'mysite.settings'")
    return cast("dict[str, Any]", table)


def _from_layout(folder: str) -> Origin | None:
    if _is_ours(os.path.join(folder, "settings.py")):  # noqa: PTH118
        return Origin("settings", "settings.py in the current directory", (folder,), is_found_by_layout=True)
    source = os.path.join(folder, "src")  # noqa: PTH118
    found = [*_packages_with_settings(folder), *_packages_with_settings(source)]
    if len(found) > 1:
        names = ", ".join(f"{name}.settings" for name, _ in found)
        raise ImproperlyConfigured(
            f"the current directory {folder} holds several settings modules: {names}; "
            f"name one: {SETTINGS_MODULE}={found[0][0]}.settings, or [tool.openviper] settings in pyproject.toml"
        )
    for name, root in found:
        return Origin(f"{name}.settings", "the current directory", (root,), is_found_by_layout=True)
    return None


def _packages_with_settings(root: str) -> list[tuple[str, str]]:
    if not os.path.isdir(root):  # noqa: PTH112
        return []
    names = sorted(each.name for each in os.scandir(root) if each.name.isidentifier() and each.is_dir())
    return [(name, root) for name in names if _is_ours(os.path.join(root, name, "settings.py"))]  # noqa: PTH118


def _is_ours(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return OURS.search(file.read()) is not None
    except OSError:
        return False
