"""``settings``: the project's settings, loaded when something first reads one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from openviper.conf._base import BaseSettings
from openviper.conf._explain import Explanation
from openviper.conf._finder import Origin
from openviper.conf._hints import type_name
from openviper.conf._installed import section_of
from openviper.conf._project import PROJECT, Project, State
from openviper.conf._resolve import field_hints
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import closest

__all__ = ["LazySettings", "settings"]

if TYPE_CHECKING:
    # A checker knows the fields of the base; those of the project's own are Any.
    Face = BaseSettings
else:
    Face = object


class LazySettings(Face):
    """Reads like an instance of the project's settings class, and finds it at the first read.

    A setting that the class does not have is read from the installed section that declares it.
    """

    __slots__ = ("_project",)

    def __init__(self, project: Project) -> None:
        object.__setattr__(self, "_project", project)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # Asked by copy, inspect and the like, of anything: no reason to load.
            raise AttributeError(name)
        state = self._project.state(f"settings.{name}")
        if hasattr(type(state.instance), name) or name in state.resolved.values:
            return getattr(state.instance, name)
        section = _section_with(state, name)
        if section is None:
            raise AttributeError(_unknown(state, name))
        return getattr(self._project.section(section)[0], name)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(
            f"settings.{name} cannot be assigned: settings are frozen; in a test use override_settings"
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"settings.{name} cannot be deleted: settings are frozen; in a test use override_settings")

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self._project.state("dir(settings)").resolved.values})

    def __repr__(self) -> str:
        return f"<settings: {self.source if self._project.is_loaded else 'not loaded yet'}>"

    def configure(
        self, target: str | type[BaseSettings] | BaseSettings, *, named_by: str = "settings.configure()"
    ) -> None:
        """Say where the settings are: a module's name (``"mysite.settings"``), a settings class, or an instance.

        A module is imported at the first read, not here. ``named_by`` appears in errors and banners.

        Raises:
            ImproperlyConfigured: Something has read a setting already, or ``target`` is none of the three.
        """
        if not _names_settings(target):
            raise ImproperlyConfigured(
                f"{target!r} ({named_by}) names no settings; expected a module, a BaseSettings class or its instance"
            )
        self._project.configure(Origin(target, named_by))

    def is_configured(self) -> bool:
        """Tell whether a project was found or configured; ``False``: environment and defaults are in force."""
        return self._project.origin() is not None

    @property
    def source(self) -> str:
        """Where the settings are: ``"mysite.settings (OPENVIPER_SETTINGS_MODULE)"``."""
        origin = self._project.origin()
        return "environment and defaults (no settings module)" if origin is None else str(origin)

    def explain(self, name: str) -> Explanation:
        """Return the value of a setting, or of a section's field, with its source and type.

        Raises:
            ImproperlyConfigured: There is no such setting.
        """
        state = self._project.state(f"settings.{name}")
        if name in state.resolved.values:
            hint = field_hints(state.found.cls)[name]
            return Explanation(name, getattr(state.instance, name), state.resolved.sources[name], type_name(hint))
        section = _section_with(state, name)
        if section is None:
            raise ImproperlyConfigured(_unknown(state, name))
        made, resolved = self._project.section(section)
        return Explanation(name, getattr(made, name), resolved.sources[name], type_name(field_hints(section)[name]))


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


#: The settings of this process's project.
settings = LazySettings(PROJECT)
