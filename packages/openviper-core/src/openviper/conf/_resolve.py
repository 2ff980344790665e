"""The value of each field of a settings class or section, with where it came from."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from openviper.conf._base import BaseSettings
from openviper.conf._coerce import from_text
from openviper.conf._conform import UnacceptableError, conform
from openviper.conf._declare import definer, fresh
from openviper.conf._environment import PREFIX, Variable
from openviper.conf._hints import type_hints, type_name, unwrapped
from openviper.conf._masking import shown
from openviper.conf._secret import MASK
from openviper.core.errors import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Given", "Resolved", "construct", "field_hints", "resolve", "shown_value"]

T = TypeVar("T")
HINTS: dict[type, dict[str, Any]] = {}


class Given(NamedTuple):
    """A value that outranks the environment or the class's default, and the words for where it stands."""

    value: Any
    source: str
    #: As an error names it: ``Settings.PORT``.
    label: str


class Resolved(NamedTuple):
    """The values that a class's fields take, the source of each, and a line for each that has none to take."""

    values: dict[str, Any]
    sources: dict[str, str]
    problems: dict[str, str]


def field_hints(cls: type) -> dict[str, Any]:
    """Return the resolved hint of every annotated name of ``cls``, found once."""
    if cls not in HINTS:
        HINTS[cls] = type_hints(cls)
    return HINTS[cls]


def resolve(
    cls: type,
    environment: Mapping[str, Variable],
    overrides: Mapping[str, Given],
    project: Mapping[str, Given],
) -> Resolved:
    """Find each field's value: an override, the environment, the project, the default of ``cls``, in this order."""
    found = Resolved({}, {}, {})
    for each in fields(cls):
        if not each.init:
            continue
        try:
            value, source = _value(cls, each, environment, overrides, project)
        except UnacceptableError as error:
            found.problems[each.name] = str(error)
        else:
            found.values[each.name], found.sources[each.name] = value, source
    return found


def construct(cls: type[T], found: Resolved) -> T:
    """Make the object.

    Raises:
        ImproperlyConfigured: A field has no value, or a wrong one, or ``__post_init__`` raises ``ValueError``.
    """
    if found.problems:
        raise ImproperlyConfigured("\n".join(found.problems.values()))
    try:
        return cls(**found.values)
    except ImproperlyConfigured:
        raise
    except ValueError as error:
        raise ImproperlyConfigured(f"{error} ({cls.__name__} in {cls.__module__})") from error


def _value(
    cls: type,
    each: Field[Any],
    environment: Mapping[str, Variable],
    overrides: Mapping[str, Given],
    project: Mapping[str, Given],
) -> tuple[Any, str]:
    if each.name in overrides:
        return _conformed(cls, each.name, overrides[each.name])
    variable = environment.get(PREFIX + each.name)
    if variable is not None:
        return _read(cls, each.name, variable)
    if each.name in project:
        return _conformed(cls, each.name, project[each.name])
    return _conformed(cls, each.name, _default(cls, each))


def _read(cls: type, name: str, variable: Variable) -> tuple[Any, str]:
    hint = field_hints(cls)[name]
    source = f"{PREFIX}{name}, {variable.where}"
    try:
        return _checked(cls, name, from_text(variable.text, hint)), source
    except UnacceptableError as error:
        text = _shown_text(name, variable.text, hint)
        expected = f"{cls.__name__}.{name}: {type_name(hint)}"
        raise UnacceptableError(f"{PREFIX}{name}={text} ({variable.where}) {error}; {expected}") from None


def _shown_text(name: str, text: str, hint: Any) -> str:
    # What is meant to be JSON may hold a password anywhere, and cannot be taken apart to mask it.
    words = type_name(unwrapped(hint))
    return f"'{MASK}'" if "Secret" in words or "dict" in words else shown(name, text)


def shown_value(name: str, value: Any, hint: Any) -> str:
    """Return a value that does not suit its hint, masked where the hint says that it is a secret."""
    return f"'{MASK}'" if "Secret" in type_name(unwrapped(hint)) else shown(name, value)


def _conformed(cls: type, name: str, given: Given) -> tuple[Any, str]:
    hint = field_hints(cls)[name]
    try:
        return _checked(cls, name, conform(fresh(given.value), hint)), given.source
    except UnacceptableError as error:
        text = shown_value(name, given.value, hint)
        raise UnacceptableError(f"{given.label}={text} ({given.source}) {error}") from None


def _checked(cls: type, name: str, value: Any) -> Any:
    """What the other packages read must be of the type that they know, however the project annotated it."""
    promised = field_hints(BaseSettings).get(name) if issubclass(cls, BaseSettings) else None
    return value if promised is None else conform(value, promised)


def _default(cls: type, each: Field[Any]) -> Given:
    factory: Callable[[], Any] | Any = each.default_factory
    label, source = f"{cls.__name__}.{each.name}", _source(cls, each.name)
    if factory is not MISSING:
        return Given(factory(), source, label)
    if each.default is not MISSING:
        return Given(each.default, source, label)
    hint = type_name(field_hints(cls)[each.name])
    raise UnacceptableError(
        f"{PREFIX}{each.name} is not set, and {label}: {hint} has no default; "
        f"set the variable, or {each.name} in the project's settings class"
    )


def _source(cls: type, name: str) -> str:
    owner = definer(cls, name)
    if owner is BaseSettings or not issubclass(cls, BaseSettings):
        return "default"
    return owner.__module__ if owner is cls else f"{owner.__name__} in {owner.__module__}"
