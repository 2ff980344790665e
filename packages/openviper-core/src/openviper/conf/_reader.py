"""Reading settings by name: from the project's class, else from the section that declares the name."""

from __future__ import annotations

from typing import Any, TypeVar

from openviper.conf._base import BaseSettings
from openviper.conf._computed import computed_names, computed_source, computed_type
from openviper.conf._explain import Explanation, SettingsReport
from openviper.conf._finder import Origin
from openviper.conf._hints import type_name
from openviper.conf._installed import section_of
from openviper.conf._kept_out import explained_value
from openviper.conf._problems import all_problems
from openviper.conf._project import PROJECT, Project, State
from openviper.conf._resolve import field_hints
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import closest

__all__ = ["READER", "Reader"]

T = TypeVar("T")


class Reader:
    """What the lazy ``settings`` object asks."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.origin = project.origin

    @property
    def is_loaded(self) -> bool:
        return self._project.current is not None

    def read(self, name: str, kept: dict[str, Any]) -> Any:
        """Return the value of a setting; that of a field goes into ``kept`` for as long as it is in force.

        Raises:
            AttributeError: There is none of that name.
            ImproperlyConfigured: The settings cannot be loaded.
        """
        state = self._project.current or self._project.state(f"settings.{name}")
        values = vars(state.instance)
        if name in values:
            self._project.keep(state, kept, name, values[name])
            return values[name]
        if hasattr(type(state.instance), name):
            return getattr(state.instance, name)
        section = _section_with(state, name)
        if section is None:
            raise AttributeError(_unknown(state, name))
        return getattr(self._project.section(section)[0], name)

    def section(self, cls: type[T]) -> T:
        """Return a section."""
        return self._project.section(cls)[0]

    def problems(self) -> list[str]:
        """Return what is wrong with the settings and every installed section, a line each."""
        return all_problems()

    def report(self) -> SettingsReport:
        """Return every setting with its source."""
        # Only a command shows them all.
        from openviper.conf._report import explain_all  # noqa: PLC0415

        return explain_all()

    def names(self) -> list[str]:
        """Return the name of each setting of the project's class, the computed ones too."""
        state = self._project.state("dir(settings)")
        return [*state.resolved.values, *computed_names(state.found.cls)]

    def configure(self, target: Any, named_by: str) -> None:
        """Name the settings before anything reads one."""
        if not _names_settings(target):
            raise ImproperlyConfigured(
                f"{target!r} ({named_by}) names no settings; expected a module, a BaseSettings class or its instance"
            )
        self._project.configure(Origin(target, named_by))

    def explain(self, name: str) -> Explanation:
        """Say what a setting is and where it comes from."""
        state = self._project.state(f"settings.{name}")
        if name in state.resolved.values:
            return _explained(state.found.cls, name, state.instance, state.resolved.sources[name])
        if name in computed_names(cls := state.found.cls):
            value, source = getattr(state.instance, name), computed_source(cls, name)
            return Explanation(name, explained_value(cls, name, value), source, computed_type(cls, name))
        section = _section_with(state, name)
        if section is None:
            raise ImproperlyConfigured(_unknown(state, name))
        made, resolved = self._project.section(section)
        return _explained(section, name, made, resolved.sources[name])


def _explained(cls: type, name: str, instance: Any, source: str) -> Explanation:
    value = explained_value(cls, name, getattr(instance, name))
    return Explanation(name, value, source, type_name(field_hints(cls)[name]))


def _names_settings(target: Any) -> bool:
    if isinstance(target, type):
        return issubclass(target, BaseSettings)
    return isinstance(target, BaseSettings) or (isinstance(target, str) and bool(target.strip()))


def _section_with(state: State, name: str) -> type[Any] | None:
    read = (section for section in state.sections if name in field_hints(section))
    return next(read, None) or (section_of(name) if name.isupper() else None)


def _unknown(state: State, name: str) -> str:
    where = state.found.origin or "no settings module"
    return f"there is no setting {name!r} ({where}){closest(name, state.resolved.values)}"


READER = Reader(PROJECT)
