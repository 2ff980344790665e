"""Whose a settings module is, by what its source binds: another framework's must not be executed to find that out."""

# pathlib costs more than all of this module.
# ruff: noqa: PTH113, PTH118, PTH120, PTH123

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

    from openviper.core._bindings import Bindings

    #: What a name is: ours or theirs by its import, or one of the standard library; bound to what does not tell;
    #: perhaps bound, or in a module that is no Python; ``None``: not bound.
    _Kind = Literal["ours", "theirs", "standard", "bound", "open", "broken"] | None

__all__ = ["Whose", "whose_settings"]

Whose = Literal["ours", "open", "broken", "theirs"]

CLASS = "Settings"
# Those whose classes and functions make settings.
FRAMEWORKS = frozenset({
    "attr", "attrs", "configurations", "django", "dynaconf", "environ", "fastapi", "flask", "msgspec", "pydantic",
    "pydantic_settings", "scrapy", "starlette",
})  # fmt: skip
#: Where none of them is, no class of another name is ours.
MAKING = b"BaseSettings", b"\nclass "
#: Bytes of a module that are looked at; one that is longer cannot be told.
LONGEST = 1 << 16
#: Names that are followed from one settings module.
MOST_NAMES = 100


def whose_settings(path: str, root: str) -> Whose:
    """Tell whose settings a module holds, which is imported from ``root``.

    Returns:
        ``"theirs"``: it cannot bind a settings class, or its ``Settings`` is another framework's; ``"open"``: what it
        binds is not told by the project's files; ``"broken"``: nor by its own, which is no Python; else ``"ours"``.
    """
    source = _Source(root)
    kind = source.kind(path, CLASS)
    if kind is None and source.is_made_of_ours(path):
        return "ours"
    if kind in ("open", "broken"):
        return kind
    return "ours" if kind in ("ours", "bound") else "theirs"


class _Source:
    """The modules below one folder that modules are imported from."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._known: dict[tuple[str, str], _Kind] = {}

    def kind(self, path: str, name: str) -> _Kind:
        """Tell what a name of a module is."""
        if len(self._known) >= MOST_NAMES:
            return "open"
        if (path, name) not in self._known:
            # Until it is known, for modules may import each other.
            self._known[path, name] = None
            self._known[path, name] = self._looked_up(path, name)
        return self._known[path, name]

    def is_made_of_ours(self, path: str) -> bool:
        """Tell whether a module has a class of another name whose base is ours, or what one is made of."""
        text = _text(path)
        found = None if text is None or not any(word in b"\n" + text for word in MAKING) else _bindings(text)
        return found is not None and any(self.kind(path, name) == "ours" for name in ("BaseSettings", *_classes(found)))

    def _looked_up(self, path: str, name: str) -> _Kind:
        text = _text(path)
        if text is None:
            # Its import says why.
            return "broken"
        if name == CLASS and _is_plain(text):
            return "ours"
        if name.encode() not in text and b"*" not in text:
            return None
        found = _bindings(text)
        if found is None:
            return "broken"
        kinds: list[_Kind] = [self._bound(path, name, node) for node in found.named.get(name, ())]
        kinds = kinds or [self._starred(path, name, *star) for star in found.stars]
        is_open = found.is_open and name.encode() in text
        return _first(("ours", "bound", "theirs", "standard", "open"), kinds) or ("open" if is_open else None)

    def _bound(self, path: str, name: str, node: ast.AST) -> _Kind:
        import ast  # noqa: PLC0415 - most modules are settled without it

        if isinstance(node, ast.ClassDef):
            return self._class(path, node)
        if isinstance(node, ast.Import):
            return _of_distribution(next(each.name for each in node.names if name in (each.asname, _top(each.name))))
        if isinstance(node, ast.ImportFrom):
            original = next(each.name for each in node.names if name in (each.asname, each.name))
            kind = self._imported(path, original, node)
            return kind if kind in ("ours", "theirs", "standard") else "bound"
        kind = self._expression(path, getattr(node, "value", None))
        # importlib makes any class.
        return kind if kind in ("ours", "theirs") else "bound"

    def _class(self, path: str, node: ast.ClassDef) -> _Kind:
        kinds: list[_Kind] = [self._expression(path, each) for each in node.bases or node.decorator_list]
        if kinds and all(each == "standard" for each in kinds):
            return "standard"
        return _first(("ours", "theirs"), kinds) or "bound"

    def _expression(self, path: str, node: ast.AST | None) -> _Kind:
        """Tell what the name is that an expression starts with: ``x`` of ``x.y(1)``."""
        while node is not None and not hasattr(node, "id"):
            node = getattr(node, "func", getattr(node, "value", None))
        return None if node is None else self.kind(path, getattr(node, "id", ""))

    def _starred(self, path: str, name: str, node: ast.ImportFrom, is_optional: bool) -> _Kind:
        kind = self._imported(path, name, node)
        if self._file(path, node):
            return "open" if kind == "broken" else kind
        if kind == "bound":
            return None if is_optional else "open"
        # Neither openviper nor another framework has a Settings for a project.
        return None if name == CLASS else kind

    def _imported(self, path: str, name: str, node: ast.ImportFrom) -> _Kind:
        file = self._file(path, node)
        return self.kind(file, name) if file else _of_distribution("" if node.level else node.module or "")

    def _file(self, path: str, node: ast.ImportFrom) -> str | None:
        folder = path if node.level else self._root
        for _ in range(node.level):
            folder = os.path.dirname(folder)
        place = os.path.join(folder, *node.module.split(".")) if node.module else folder
        files = (os.path.join(place, "__init__.py"), *([f"{place}.py"] if node.module else []))
        return next((each for each in files if os.path.isfile(each)), None)


def _bindings(text: bytes) -> Bindings | None:
    from openviper.core._bindings import bindings_of  # noqa: PLC0415 - as ast

    return bindings_of(text)


def _classes(found: Bindings) -> list[str]:
    import ast  # noqa: PLC0415 - as above

    return [name for name, nodes in found.named.items() if any(isinstance(each, ast.ClassDef) for each in nodes)]


def _text(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            text = file.read(LONGEST + 1)
    except OSError:
        return None
    return text if len(text) <= LONGEST else None


def _is_plain(text: bytes) -> bool:
    """Tell whether a module is ours at a glance, as most are."""
    return b"\nclass Settings(BaseSettings)" in text and b"\nfrom openviper.conf import BaseSettings" in b"\n" + text


def _of_distribution(module: str) -> _Kind:
    if module in ("openviper", "openviper.conf"):
        return "ours"
    top = _top(module)
    if top in FRAMEWORKS:
        return "theirs"
    return "standard" if top in sys.stdlib_module_names else "bound"


def _top(module: str) -> str:
    return module.partition(".")[0]


def _first(order: Iterable[_Kind], kinds: list[_Kind]) -> _Kind:
    return next((each for each in order if each in kinds), None)
