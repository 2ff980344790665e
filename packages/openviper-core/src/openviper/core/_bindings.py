"""The names that a module binds, by its source: nothing is executed."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Bindings", "Star", "bindings_of"]

DEFINITIONS = ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
#: What binds names that no source shows.
HIDING = frozenset({"exec", "globals", "locals", "setattr", "vars"})


class Star(NamedTuple):
    """``from module import *``."""

    node: ast.ImportFrom
    #: In a ``try``: the module need not be there.
    is_optional: bool


class Bindings(NamedTuple):
    """What binds names at the top level of a module, its branches included."""

    named: dict[str, list[ast.AST]]
    stars: list[Star]
    #: More may be bound: by ``__getattr__``, or by a call like that of ``exec``.
    is_open: bool


@lru_cache(maxsize=16)
def bindings_of(text: bytes) -> Bindings | None:
    """Return what a module's source binds; ``None``: it is no Python."""
    try:
        with warnings.catch_warnings():
            # Its import shows them, where it is imported.
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = Bindings({}, [], any(_hides(each) for each, _ in _statements(tree.body)))
    for each, is_optional in _statements(tree.body):
        if isinstance(each, ast.ImportFrom) and each.names[0].name == "*":
            found.stars.append(Star(each, is_optional))
        for name in _names(each):
            found.named.setdefault(name, []).append(each)
    return found


def _statements(body: Iterable[ast.AST], is_optional: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    for each in body:
        yield each, is_optional
        if not isinstance(each, DEFINITIONS):
            for part in ("body", "handlers", "orelse", "finalbody", "cases"):
                inner = getattr(each, part, ())
                yield from _statements(inner, is_optional or (isinstance(each, ast.Try) and part == "body"))


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, DEFINITIONS):
        yield node.name
    elif isinstance(node, ast.Import):
        yield from (each.asname or each.name.partition(".")[0] for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (each.asname or each.name for each in node.names)
    elif getattr(node, "value", node) is not None:
        targets = (*getattr(node, "targets", ()), getattr(node, "target", None), *getattr(node, "items", ()))
        for each in filter(None, targets):
            yield from (part.id for part in ast.walk(each) if isinstance(part, ast.Name) and _is_bound(part))


def _is_bound(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _hides(node: ast.AST) -> bool:
    if isinstance(node, DEFINITIONS):
        return node.name == "__getattr__"
    if hasattr(node, "body"):
        return False
    called = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return any(isinstance(each, ast.Name) and each.id in HIDING for each in called)
