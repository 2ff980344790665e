"""The value of each field of a settings class or section, with where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from openviper.conf._base import BaseSettings
from openviper.conf._coerce import from_text
from openviper.conf._conform import UnacceptableError, conform
from openviper.conf._declare import EndlessError, definer, fresh
from openviper.conf._environment import PREFIX, Variable
from openviper.conf._explain import DEFAULT
from openviper.conf._hints import Hints, holds, type_name
from openviper.conf._kept_out import is_kept_out
from openviper.conf._secret import MASK, Secret
from openviper.conf._shown import shown
from openviper.core.error_text import error_text
from openviper.core.errors import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Given", "Resolved", "construct", "declaration", "field_hints", "resolve", "shown_value"]

T = TypeVar("T")
HINTS = cache(Hints)


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


def field_hints(cls: type) -> Hints:
    """Return the hint of every annotated name of ``cls``, each resolved once."""
    return HINTS(cls)


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
        raise ImproperlyConfigured(f"{error_text(error)} ({cls.__name__} in {cls.__module__})") from error


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
    given = _default(cls, each)
    # The framework's own default suits its own hint.
    if definer(cls, each.name) is BaseSettings is field_hints(cls).owner(each.name):
        return given.value, given.source
    return _conformed(cls, each.name, given)


def _read(cls: type, name: str, variable: Variable) -> tuple[Any, str]:
    try:
        return _accepted(cls, name, partial(from_text, variable.text)), f"{PREFIX}{name}, {variable.where}"
    except UnacceptableError as error:
        text = _shown_text(cls, name, variable.text)
        raise UnacceptableError(f"{PREFIX}{name}={text} ({variable.where}) {error}") from None


def _shown_text(cls: type, name: str, text: str) -> str:
    # What is meant to be JSON may hold a password anywhere, and cannot be taken apart to mask it.
    is_mapping = holds(field_hints(cls)[name], Mapping, "dict", "Mapping")
    return f"'{MASK}'" if is_mapping else shown_value(cls, name, text)


def shown_value(cls: type, name: str, value: Any) -> str:
    """Return a value that does not suit its hint, masked where ``cls`` says that it is a secret."""
    is_secret = holds(field_hints(cls)[name], Secret, "Secret") or is_kept_out(cls, name)
    return f"'{MASK}'" if is_secret else shown(name, value)


def _conformed(cls: type, name: str, given: Given) -> tuple[Any, str]:
    value = _made(partial(fresh, given.value), given)
    try:
        return _accepted(cls, name, partial(conform, value)), given.source
    except UnacceptableError as error:
        text = shown_value(cls, name, given.value)
        raise UnacceptableError(f"{given.label}={text} ({given.source}) {error}") from None


def _made(make: Callable[[], Any], given: Given) -> Any:
    try:
        return make()
    except EndlessError as error:
        raise UnacceptableError(f"{given.label} ({given.source}) cannot be copied: {error}") from None


def _accepted(cls: type, name: str, make: Callable[[Any], Any]) -> Any:
    """What ``make`` gives for the setting's hint; an error says which class asks for what.

    What the other packages read must be of the type that they know, however the project annotated it.
    """
    owner = cls
    try:
        value = make(field_hints(cls)[name])
        if issubclass(cls, BaseSettings) and name in field_hints(BaseSettings):
            owner = BaseSettings
            value = conform(value, field_hints(BaseSettings)[name])
    except UnacceptableError as error:
        raise UnacceptableError(f"{error}; {declaration(owner, name)}") from None
    return value


def declaration(cls: type, name: str) -> str:
    """Return the line of ``cls`` that declares the setting: ``Settings.PORT: int``."""
    return f"{cls.__name__}.{name}: {type_name(field_hints(cls)[name])}"


def _default(cls: type, each: Field[Any]) -> Given:
    factory: Callable[[], Any] | Any = each.default_factory
    label, source = f"{cls.__name__}.{each.name}", _source(cls, each.name)
    if factory is not MISSING:
        return Given(_made(factory, Given(None, source, label)), source, label)
    if each.default is not MISSING:
        return Given(each.default, source, label)
    raise UnacceptableError(
        f"{PREFIX}{each.name} is not set, and {declaration(cls, each.name)} has no default; "
        f"set the variable, or {each.name} in the project's settings class"
    )


def _source(cls: type, name: str) -> str:
    owner = definer(cls, name)
    if owner is BaseSettings or not issubclass(cls, BaseSettings):
        return DEFAULT
    return owner.__module__ if owner is cls else f"{owner.__name__} in {owner.__module__}"
