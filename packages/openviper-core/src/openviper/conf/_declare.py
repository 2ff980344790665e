"""What a bare dataclass gets silently wrong about a settings class, put right before it becomes one.

- ``DEBUG = True`` without annotation is no field: it takes the inherited annotation, or its section's.
- A list, dict or set as default is refused, or shared: it is copied for each instance.
- A plain mixin's attributes are overruled by the base's fields, and so is a parent's by a sibling that merely
  inherited: here the nearest class that says something counts, as everywhere else in Python.
- ``SECRET_KEY: Secret[str]`` without a value keeps the inherited default: here it makes the setting required.
"""

from __future__ import annotations

import copy
import inspect
import sys
from dataclasses import MISSING, Field, field
from functools import partial
from typing import Any, cast

from openviper.core.errors import ImproperlyConfigured

__all__ = ["EndlessError", "complete", "definer", "fresh", "own_annotations"]

# Of containers in containers; no setting needs as many.
_DEEPEST = 50


class EndlessError(ValueError):
    """A value is nested too deeply to be copied, or contains itself."""


def complete(cls: type) -> dict[str, Any]:
    """Complete the body of ``cls`` so that ``dataclass()`` sees what was meant; return its mutable defaults.

    Raises:
        ImproperlyConfigured: An upper-case name has no annotation anywhere, or is no field, or a field's name is not in
            upper case; every such name.
    """
    annotations = own_annotations(cls)
    definers = _definers(cls)
    problems = [_property_problem(cls, name) for name in _descriptors(cls) if name in _inherited_names(cls)]
    problems += [_case_problem(cls, name) for name in annotations if _is_miswritten(cls, name)]
    for name, owner in definers.items():
        if not _is_inherited(cls, owner, name):
            try:
                annotations[name] = annotations[name] if name in annotations else _hint(cls, owner, name)
            except LookupError as error:
                problems.append(str(error))
            setattr(cls, name, _default(owner, name))
    if problems:
        raise ImproperlyConfigured("\n".join(problems))
    cls.__annotations__ = annotations
    setattr(cls, "__definers__", {name: definer(owner, name) for name, owner in definers.items()})  # noqa: B010 - ours
    return _give_factories(cls, annotations)


def own_annotations(cls: type) -> dict[str, Any]:
    """Return the annotations in the body of ``cls`` itself, as they were written."""
    if sys.version_info >= (3, 14):
        from annotationlib import Format, get_annotations  # noqa: PLC0415 - not there before 3.14

        return dict(get_annotations(cls, format=Format.FORWARDREF))
    return dict(inspect.get_annotations(cls))


def definer(cls: type, name: str) -> type:
    """Return the class whose body gave the setting ``name`` of ``cls`` its value."""
    return cast("type", vars(cls).get("__definers__", {}).get(name, cls))


def fresh(value: Any, levels: int = _DEEPEST) -> Any:
    """Return a copy of ``value``, also of the dicts, lists and sets in it; anything else in it is the same object.

    Raises:
        EndlessError: It is nested deeper than ``levels``, or contains itself.
    """
    if levels < 0:
        raise EndlessError(f"nested deeper than {_DEEPEST} levels, or contains itself")
    if type(value) is dict:
        return {key: fresh(value[key], levels - 1) for key in _items(value)}
    if type(value) is list:
        return [fresh(each, levels - 1) for each in _items(value)]
    if type(value) is tuple:
        return tuple([fresh(each, levels - 1) for each in _items(value)])
    return value if type(value).__hash__ is not None else copy.copy(value)


def _items(value: Any) -> list[Any]:
    return list(value)


def _definers(cls: type) -> dict[str, type]:
    """Each setting's name, with the nearest class that says something about it."""
    found: dict[str, type] = {}
    for base in reversed(cls.__mro__):
        if base is cls or _fields(base):
            found.update(dict.fromkeys(_annotated(base), base))
        else:  # a plain mixin's bare annotation says what it reads, and takes no default away
            found = {**dict.fromkeys(_annotated(base), base), **found}
        found.update(dict.fromkeys(_assigned(base), base))
    return found


def _annotated(cls: type) -> list[str]:
    hints = own_annotations(cls).items()
    return [name for name, hint in hints if _is_setting(name) and not _is_constant(hint)]


def _assigned(cls: type) -> list[str]:
    constants = {name for name, hint in own_annotations(cls).items() if _is_constant(hint)}
    nested = f"{cls.__qualname__}."
    return [
        name
        for name, value in vars(cls).items()
        if _is_setting(name)
        and name not in constants
        and not hasattr(value, "__get__")
        # A class in the body (``class COLOUR(Enum)``) is a name of the project's own.
        and not (isinstance(value, type) and value.__qualname__.startswith(nested))
    ]


def _descriptors(cls: type) -> list[str]:
    return [name for name, value in vars(cls).items() if _is_setting(name) and hasattr(value, "__get__")]


def _is_setting(name: str) -> bool:
    return name.isupper() and not name.startswith("_")


def _is_constant(hint: Any) -> bool:
    return "ClassVar" in str(hint)


def _fields(cls: type) -> dict[str, Field[Any]]:
    return cast("dict[str, Field[Any]]", vars(cls).get("__dataclass_fields__", {}))


def _inherited_names(cls: type) -> set[str]:
    return {name for base in cls.__mro__[1:] for name in _fields(base)}


def _is_inherited(cls: type, owner: type, name: str) -> bool:
    """Whether ``dataclass()`` takes the field of ``owner`` by itself: it asks the nearest dataclass that has one."""
    nearest = next((base for base in cls.__mro__[1:] if name in _fields(base)), None)
    return owner is not cls and nearest is not None and _fields(nearest)[name] is _fields(owner).get(name)


def _default(owner: type, name: str) -> Any:
    inherited = _fields(owner).get(name)
    if inherited is None:
        return vars(owner).get(name, field())
    if inherited.default_factory is not MISSING:
        return field(default_factory=inherited.default_factory)
    return field() if inherited.default is MISSING else inherited.default


def _hint(cls: type, owner: type, name: str) -> Any:
    # Most classes annotate all that they declare, and what reads hints costs more than all of this module.
    from openviper.conf._inherited import hint_for  # noqa: PLC0415

    return hint_for(cls, owner, name)


def _give_factories(cls: type, annotations: dict[str, Any]) -> dict[str, Any]:
    mutable = {
        name: value
        for name, value in vars(cls).items()
        if name in annotations and not isinstance(value, Field) and type(value).__hash__ is None
    }
    for name, value in mutable.items():
        setattr(cls, name, field(default_factory=partial(fresh, value)))
    return mutable


def _property_problem(cls: type, name: str) -> str:
    kind = type(vars(cls)[name]).__name__
    return f"{cls.__name__}.{name} ({cls.__module__}) is a {kind}, and a setting is a plain value; assign one"


def _is_miswritten(cls: type, name: str) -> bool:
    """Whether a name would be a field that no variable can set and nobody looks for."""
    value = vars(cls).get(name)
    is_computed = isinstance(value, Field) and not value.init  # pyright: ignore[reportUnknownMemberType] - of whatever
    return not (_is_setting(name) or name.startswith("_") or is_computed or _is_constant(own_annotations(cls)[name]))


def _case_problem(cls: type, name: str) -> str:
    return f"{cls.__name__}.{name} ({cls.__module__}) is not in upper case, as settings are; write {name.upper()}"
