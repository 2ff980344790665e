"""Fields with ``repr=False``: whoever wrote that does not want shown what they hold."""

from __future__ import annotations

from typing import Any

from openviper.conf._secret import Secret

__all__ = ["explained_value", "is_kept_out"]

# What is empty tells nothing.
CONTAINERS = (str, bytes, tuple, list, dict, set, frozenset)


def is_kept_out(cls: type, name: str) -> bool:
    """Whether ``name`` is a field that the class, or one that it inherits from, keeps out of its ``repr()``."""
    # A subclass that only gives another value has a field of its own, made without that word.
    declared = (vars(base).get("__dataclass_fields__", {}).get(name) for base in cls.__mro__)
    return any(field is not None and not field.repr for field in declared)


def explained_value(cls: type, name: str, value: Any) -> Any:
    """Return what explains the value: a :class:`Secret` where it is kept out of the ``repr()`` and not empty."""
    if not is_kept_out(cls, name) or issubclass(type(value), Secret):
        return value
    return value if _is_nothing(value) else Secret(value)


def _is_nothing(value: object) -> bool:
    return value is None or (isinstance(value, CONTAINERS) and not value)
