"""Finding objects and modules by name."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from pathlib import Path

__all__ = ["Location", "closest", "import_string", "locate", "module_exists", "nearest"]


def import_string(path: str) -> Any:
    """Import the object that ``"package.module.Name"`` or ``"package.module:Name"`` stands for.

    Raises:
        ImportError: The path has no dot, its module cannot be found (with the distribution that has it, where that is
            OpenViper's), or the module has no such attribute (with the nearest name it has). What a module raises
            while it is imported passes through unchanged.
    """
    module_name, _, attribute = path.partition(":") if ":" in path else path.rpartition(".")
    if not module_name or not attribute:
        raise ImportError(f"{path!r} is not a dotted path; expected 'package.module.Name'")
    if not module_exists(module_name):
        # Only an error needs it.
        from openviper.core.distributions import available_with  # noqa: PLC0415

        source = available_with(module_name)
        hint = f"; it {source}" if source else ""
        raise ModuleNotFoundError(f"there is no module {module_name!r}{hint}", name=module_name)
    target: Any = import_module(module_name)
    for name in attribute.split("."):
        try:
            target = getattr(target, name)
        except AttributeError:
            raise ImportError(f"{module_name!r} has no {attribute!r}{closest(attribute, dir(target))}") from None
    return target


def module_exists(name: str) -> bool:
    """Tell whether a module can be found, importing its parents but not the module itself.

    An error inside a parent passes through: a package that is broken is not a package that is missing.
    """
    # None in its place says: not to be imported.
    if sys.modules.get(name) is not None:
        return True
    if not all(part.isidentifier() for part in name.split(".")):
        return False
    parent, _, _ = name.rpartition(".")
    if parent and not module_exists(parent):
        return False
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError as error:
        # The parent is a module, not a package: it holds no submodules.
        if error.name in (name, parent):
            return False
        raise


class Location(NamedTuple):
    """Where a module is."""

    #: ``None`` for a namespace package, and for what is built in.
    file: str | None
    #: Where its submodules are; ``None`` for a module that has none.
    path: list[str] | None

    @property
    def folder(self) -> Path | None:
        """The package's folder, or the one that a single module stands in; ``None`` for what is built in."""
        from pathlib import Path  # noqa: PLC0415 - whatever imports this module would pay for it

        if self.path is not None:
            return Path(self.path[0]).resolve() if self.path else None
        return Path(self.file).resolve().parent if self.file else None


def locate(name: str, path: list[str] | None = None) -> Location | None:
    """Find a module without importing its parents, which ``importlib.util.find_spec`` would.

    Args:
        name: Its dotted name.
        path: Where its first part is looked for; ``None``: where ``import`` would.
    """
    location: Location | None = None
    known = ""
    for part in name.split("."):
        if not part.isidentifier() or (location is not None and location.path is None):
            return None
        known = f"{known}.{part}" if known else part
        location = _find_part(known, part, path if location is None else location.path)
        if location is None:
            return None
    return location


def _find_part(name: str, part: str, path: list[str] | None) -> Location | None:
    loaded = sys.modules.get(name)
    if loaded is not None and name != "__main__":
        return _location(getattr(loaded, "__file__", None), getattr(loaded, "__path__", None))
    # Below the first part, the bare name: a namespace package asks for its parent's module by the dotted one.
    spec = PathFinder.find_spec(part, path) if path is not None else _ask_finders(name)
    if spec is None:
        return None
    return _location(spec.origin if spec.has_location else None, spec.submodule_search_locations)


def _ask_finders(name: str) -> ModuleSpec | None:
    finders = (getattr(finder, "find_spec", None) for finder in sys.meta_path)
    return next((spec for find in finders if find and (spec := find(name, None)) is not None), None)


def _location(file: str | None, path: Iterable[str] | None) -> Location:
    return Location(file, None if path is None else list(path))


def nearest(name: str, candidates: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the candidate nearest to ``name``; ``None``: none is as near as ``cutoff``, of 1 for equal names.

    One that differs only in upper and lower case is the nearest.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - 2 ms that only an error needs

    names = list(candidates)
    same = next((each for each in names if each.lower() == name.lower()), None)
    return same or next(iter(get_close_matches(name, names, n=1, cutoff=cutoff)), None)


def closest(name: str, candidates: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the candidate nearest to ``name``, or ``""``."""
    found = nearest(name, (each for each in candidates if not each.startswith("__")))
    return f"; did you mean {found!r}?" if found else ""
