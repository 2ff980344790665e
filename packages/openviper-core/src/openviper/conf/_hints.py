"""The type hints of settings: found where they were written, and named as a reader writes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import NoneType, SimpleNamespace, UnionType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints

from openviper.conf._declare import own_annotations
from openviper.conf._secret import Secret

__all__ = [
    "Hints",
    "Unresolved",
    "described",
    "holds",
    "origin_of",
    "resolved",
    "type_name",
    "unwrapped",
]


class Unresolved:
    """A hint that names something its module does not have (``if TYPE_CHECKING:``); nothing can be checked by it."""

    def __init__(self, text: str) -> None:
        self.text = text


class Hints(Mapping[str, Any]):
    """Every annotated name of a class with its hint, the nearest class first; each is resolved when it is asked for.

    Most settings keep a default that nothing has to be held against, and some hints take an import to resolve.
    """

    def __init__(self, cls: type) -> None:
        bases = reversed(cls.__mro__)
        self._written = {name: (hint, base) for base in bases for name, hint in own_annotations(base).items()}
        self._resolved: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._resolved:
            self._resolved[name] = resolved(*self._written[name])
        return self._resolved[name]

    def __contains__(self, name: object) -> bool:
        return name in self._written

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)

    def owner(self, name: str) -> type:
        """Return the class in whose body the hint stands."""
        return self._written[name][1]


def resolved(hint: Any, owner: type) -> Any:
    """Return the type that ``hint`` in the body of ``owner`` stands for, or :class:`Unresolved`."""
    module = vars(sys.modules[owner.__module__]) if owner.__module__ in sys.modules else {}
    try:
        return _evaluated(hint, module, dict(vars(owner)))
    except Exception:  # noqa: S110 - a hint may be any expression; what it needs may stand under TYPE_CHECKING
        pass
    try:
        return _evaluated(hint, {**_well_known(), **module}, dict(vars(owner)))
    except Exception:
        return Unresolved(hint if isinstance(hint, str) else str(hint))


def _evaluated(hint: Any, module: dict[str, Any], body: dict[str, Any]) -> Any:
    holder = SimpleNamespace(__annotations__={"hint": hint})
    return get_type_hints(holder, module, body)["hint"]


def _well_known() -> dict[str, Any]:
    """The names that a linter moves under ``if TYPE_CHECKING:`` because only annotations use them."""
    import typing  # noqa: PLC0415 - the module itself, where the names above are only some of it
    from datetime import timedelta  # noqa: PLC0415 - only where a hint names it
    from enum import Enum  # noqa: PLC0415 - as above
    from pathlib import Path  # noqa: PLC0415 - 4 ms, as above

    return {**vars(typing), "Enum": Enum, "Path": Path, "Secret": Secret, "timedelta": timedelta}


def unwrapped(hint: Any) -> Any:
    """Return what is left of a hint without ``Annotated``, ``Final``, ``NewType`` and ``type`` aliases."""
    while True:
        origin = get_origin(hint)
        if origin is Annotated or origin is Final:
            hint = get_args(hint)[0]
        elif hasattr(hint, "__supertype__"):
            hint = hint.__supertype__
        elif hasattr(hint, "__value__"):
            hint = hint.__value__
        else:
            return hint


def origin_of(hint: Any) -> Any:
    """Return the generic type of a hint (``tuple`` of ``tuple[str, ...]``), or a plain one itself."""
    return get_origin(hint) or hint


def holds(hint: Any, kind: type, *names: str) -> bool:
    """Tell whether ``kind``, or a subclass of it, stands anywhere in a hint.

    Of a hint that could not be resolved only the text is known: it does where one of ``names`` stands in that.
    """
    pending, seen = [hint], list[Any]()
    while pending:
        each = pending.pop()
        # A ``type`` alias may name itself.
        if any(each is known for known in seen):
            continue
        seen.append(each)
        if isinstance(each, Unresolved) and any(name in each.text for name in names):
            return True
        origin = origin_of(unwrapped(each))
        if isinstance(origin, type) and issubclass(origin, kind):
            return True
        pending += get_args(unwrapped(each))
    return False


def type_name(hint: Any) -> str:
    """Return a hint as it would be written: ``int``, ``tuple[str, ...]``, ``Secret[str] | None``."""
    if isinstance(hint, Unresolved):
        return hint.text
    if hint is None or hint is NoneType:
        return "None"
    origin, args = get_origin(hint), get_args(hint)
    if origin is Union or origin is UnionType:
        return " | ".join(type_name(each) for each in args)
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, args))}]"
    if origin is None or not args:
        return cast("str", getattr(hint, "__name__", None) or str(hint).removeprefix("typing."))
    return f"{type_name(origin)}[{', '.join('...' if each is ... else type_name(each) for each in args)}]"


def described(hint: Any) -> str:
    """Return a hint with its article, as an error says it: ``an int``, ``one of 'a', 'b'``."""
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(repr, get_args(hint)))}"
    name = type_name(hint)
    return name if name == "None" else f"{'an' if name[0] in 'aeiouAEIO' else 'a'} {name}"
