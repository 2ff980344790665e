"""The settings module that nobody has named: it stands where a project's settings stand."""

# pathlib costs more than all of this module.
# ruff: noqa: PTH118, PTH123, PTH208

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from openviper.core._project_roots import SETTINGS_VARIABLE, FoundSettings, Root, roots_of
from openviper.core._regular_files import is_regular_file
from openviper.core.errors import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["settings_by_layout"]

# Another framework's settings module is none of ours, and must not be imported to find that out. What may be ours is
# never passed over: a project would run without its settings. Not compiled here: most starts search no layout.
OURS = rb"\bopenviper\b"
THEIRS = rb"(?i)django|\b(?:dynaconf|fastapi|flask|pydantic\w*|scrapy|starlette)\b"
HAS_CLASS = rb"\bSettings\b|\bimport[ \t]+\*"
IMPORTED = rb"(?m)^[ \t]*(?:from|import)[ \t]+(\.|\w+)"
COMMENT = rb"#.*"
#: Bytes of a settings module that are looked at.
READ = 1 << 16

_Kind = Literal["ours", "unknown", "theirs"]


class _Candidate(NamedTuple):
    module: str
    root: Root
    kind: _Kind


def settings_by_layout(folder: str) -> FoundSettings | None:
    """Return ``settings.py`` of the folder, else the settings of the one package in it or in its ``src``.

    Raises:
        ImproperlyConfigured: Several packages have settings that may be ours, or a ``settings.py`` is no file.
    """
    roots = roots_of(folder)
    if is_regular_file(os.path.join(folder, "settings.py")):
        return FoundSettings("settings", f"the root layout of {folder}", roots[:1], is_found_by_layout=True)
    found = _likely([each for root in roots for each in _candidates(root)])
    if len(found) > 1:
        raise ImproperlyConfigured(_several(folder, [each.module for each in found]))
    for each in found:
        return FoundSettings(each.module, f"the module layout of {folder}", (each.root,), is_found_by_layout=True)
    return None


def _likely(candidates: list[_Candidate]) -> list[_Candidate]:
    """Return those that may be ours; a module that does not tell belongs to the framework of the others."""
    ours = [each for each in candidates if each.kind == "ours"]
    return ours or ([] if any(each.kind == "theirs" for each in candidates) else candidates)


def _several(folder: str, names: list[str]) -> str:
    if len(set(names)) == 1:
        return f"{names[0]} stands in {folder} and in its src; move or rename one of the folders"
    listed = ", ".join(names)
    return (
        f"{folder} holds {len(names)} projects: {listed}; name one: {SETTINGS_VARIABLE}={names[0]}, "
        f"[tool.openviper] settings in pyproject.toml, or viperctl --settings {names[0]}"
    )


def _candidates(root: Root) -> Iterator[_Candidate]:
    try:
        names = sorted(os.listdir(root.path))
    except OSError:
        # Not there, or not to be listed: a program without a project may run in such a place.
        return
    modules = {os.fsencode(name.removesuffix(".py")) for name in names if not name.startswith(".")}
    package = os.path.join(root.path, "settings", "__init__.py")
    if is_regular_file(package) and _kind(package, modules) == "ours":
        yield _Candidate("settings", root, "ours")
    for name in filter(str.isidentifier, names):
        for path in ("settings.py", os.path.join("settings", "__init__.py")):
            file = os.path.join(root.path, name, path)
            if is_regular_file(file):
                yield _Candidate(f"{name}.settings", root, _kind(file, modules))
                break


def _kind(path: str, modules: Collection[bytes]) -> _Kind:
    """Tell whose settings these are; ``modules`` stand beside their package."""
    try:
        with open(path, "rb") as file:
            text = file.read(READ)
    except OSError:
        # Its import says why.
        return "unknown"
    if re.search(OURS, text):
        return "ours"
    code = re.sub(COMMENT, b"", text)
    if re.search(THEIRS, code):
        return "theirs"
    if re.search(HAS_CLASS, code) or any(name == b"." or name in modules for name in re.findall(IMPORTED, code)):
        return "ours"
    return "theirs" if re.search(THEIRS, text) else "unknown"
