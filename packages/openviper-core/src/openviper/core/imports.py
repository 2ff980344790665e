"""Finding objects and modules by name."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

__all__ = ["closest", "import_string", "module_exists", "nearest"]


def import_string(path: str) -> Any:
    """Import the object that ``"package.module.Name"`` or ``"package.module:Name"`` stands for.

    Raises:
        ImportError: The path has no dot, its module cannot be found, or the module has no such attribute (with the
            nearest name it has). What a module raises while it is imported passes through unchanged.
    """
    module_name, _, attribute = path.partition(":") if ":" in path else path.rpartition(".")
    if not module_name or not attribute:
        raise ImportError(f"{path!r} is not a dotted path; expected 'package.module.Name'")
    if not module_exists(module_name):
        raise ModuleNotFoundError(f"there is no module {module_name!r}", name=module_name)
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


def nearest(name: str, candidates: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the candidate nearest to ``name``; ``None``: none is as near as ``cutoff``, of 1 for equal names."""
    from difflib import get_close_matches  # noqa: PLC0415 - 2 ms that only an error needs

    return next(iter(get_close_matches(name, list(candidates), n=1, cutoff=cutoff)), None)


def closest(name: str, candidates: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the candidate nearest to ``name``, or ``""``."""
    found = nearest(name, (each for each in candidates if not each.startswith("__")))
    return f"; did you mean {found!r}?" if found else ""
