"""Settings that the project's class computes itself: properties, and fields that its constructor does not take."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from openviper.conf._declare import own_annotations
from openviper.conf._hints import resolved, type_name
from openviper.conf._resolve import field_hints

__all__ = ["computed_names", "computed_source", "computed_type"]


def computed_names(cls: type[Any]) -> list[str]:
    """Return the upper-case names that an object of ``cls`` computes."""
    uninitialised = [each.name for each in fields(cls) if not each.init]
    attributes = {name for base in cls.__mro__ for name in vars(base) if _is_computed(cls, name)}
    return [*uninitialised, *sorted(attributes.difference(uninitialised))]


def computed_source(cls: type, name: str) -> str:
    """Return who computes it: ``"computed by Settings in mysite.settings"``."""
    owner = next(base for base in cls.__mro__ if name in vars(base) or name in own_annotations(base))
    return f"computed by {owner.__name__} in {owner.__module__}"


def computed_type(cls: type, name: str) -> str:
    """Return the type that a field, or the function behind a property, is annotated with; ``"Any"`` without one."""
    if name in field_hints(cls):
        return type_name(field_hints(cls)[name])
    owner = next(base for base in cls.__mro__ if name in vars(base))
    computed = vars(owner)[name]
    # A property has its function in fget, a cached_property in func.
    function = getattr(computed, "fget", None) or getattr(computed, "func", None)
    hints: dict[str, Any] = getattr(function, "__annotations__", {})
    return type_name(resolved(hints["return"], owner)) if "return" in hints else "Any"


def _is_computed(cls: type, name: str) -> bool:
    """Whether it is something like a property, and no method."""
    value: Any = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
    return name.isupper() and hasattr(value, "__get__") and (hasattr(value, "fget") or hasattr(value, "func"))
