"""Every setting with its value and source, for who asks what a project runs with."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from openviper.conf._computed import computed_names, computed_source, computed_type
from openviper.conf._explain import Explanation, SettingsReport
from openviper.conf._hints import type_name
from openviper.conf._installed import installed_sections
from openviper.conf._kept_out import explained_value
from openviper.conf._problems import made
from openviper.conf._project import PROJECT, Found, project_values
from openviper.conf._resolve import Given, Resolved, field_hints, resolve
from openviper.core.error_text import error_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["explain_all"]


def explain_all() -> SettingsReport:
    """Explain each setting of the project's class, of the sections that were read, and of the installed ones.

    Raises:
        ImproperlyConfigured: The settings module cannot be found or loaded, so there is nothing to explain.
    """
    found, overrides, read = _in_force()
    base = found.resolve(overrides)
    instance, problems = _made(found.cls, base)
    explained = {each.name: each for each in (*_fields(found.cls, base, instance), *_computed(found.cls, instance))}
    installed, unusable = installed_sections()
    for cls in dict.fromkeys((*read, *installed)):
        resolved = resolve(cls, found.environment, overrides, project_values(found.cls, base))
        section, lines = _made(cls, resolved)
        problems += lines
        for each in _fields(cls, resolved, section):
            first = explained.setdefault(each.name, each)
            # A value that suits the project's class may not suit the section that reads it.
            if each.problem and not first.problem:
                explained[each.name] = each
            elif not first.problem:
                # The section may keep out of its repr() what the project's class declares anew.
                value = explained_value(cls, each.name, first.value)
                explained[each.name] = replace(first, value=value)
    return SettingsReport(tuple(explained[name] for name in sorted(explained)), (*problems, *unusable))


def _in_force() -> tuple[Found, Mapping[str, Given], Iterable[type[Any]]]:
    state = PROJECT.current
    if state is None:
        return PROJECT.find("explain_settings()"), {}, ()
    return state.found, state.overrides, state.sections


def _made(cls: type[Any], resolved: Resolved) -> tuple[Any, list[str]]:
    """Make the object, for what it computes and checks; its fields' own problems are told with the fields."""
    return (None, []) if resolved.problems else made(cls, resolved)


def _fields(cls: type[Any], resolved: Resolved, instance: Any) -> Iterator[Explanation]:
    for each in fields(cls):
        if not each.init:
            continue
        kind = type_name(field_hints(cls)[each.name])
        if each.name in resolved.problems:
            yield Explanation(each.name, None, "", kind, resolved.problems[each.name])
            continue
        # __post_init__ may have put another one in its place.
        value = getattr(instance, each.name, resolved.values[each.name])
        source = resolved.sources[each.name]
        yield Explanation(each.name, explained_value(cls, each.name, value), source, kind)


def _computed(cls: type[Any], instance: Any) -> Iterator[Explanation]:
    for name in computed_names(cls) if instance is not None else ():
        kind, source = computed_type(cls, name), computed_source(cls, name)
        try:
            yield Explanation(name, explained_value(cls, name, getattr(instance, name)), source, kind)
        except Exception as error:
            line = error_line(error).splitlines()[0]
            yield Explanation(name, None, "", kind, f"{name}, {source}, raised {line}")
