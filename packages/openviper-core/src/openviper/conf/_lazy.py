"""``settings``: the project's settings, loaded when something first reads one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from openviper.conf._base import BaseSettings
from openviper.conf._opened import opened_reader

if TYPE_CHECKING:
    from openviper.conf._explain import Explanation
    from openviper.conf._reader import Reader

    # A checker knows the fields of the base; those of the project's own are Any.
    Face = BaseSettings
else:
    Face = object

__all__ = ["LazySettings", "settings"]


class LazySettings(Face):
    """Reads like an instance of the project's settings class, and finds it at the first read.

    A setting that the class does not have is read from the installed section that declares it.
    """

    # What was read is kept in __dict__, where Python finds it without asking; the reader empties it.
    __slots__ = ("__dict__", "_given")

    _given: Reader | None

    def __init__(self, reader: Reader | None = None) -> None:
        object.__setattr__(self, "_given", reader)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # Asked by copy, inspect and the like, of anything: no reason to load.
            raise AttributeError(name)
        return self._reader().read(name, vars(self))

    def _reader(self) -> Reader:
        return self._given or opened_reader()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"settings.{name} cannot be assigned: settings are frozen; in a test, override_settings")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"settings.{name} cannot be deleted: settings are frozen; in a test, override_settings")

    def __reduce__(self) -> str:
        # A copy is the object itself; unpickled, it is the settings of the process that unpickles.
        return "settings"

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self._reader().names()})

    def __repr__(self) -> str:
        return f"<settings: {self.source if self._reader().is_loaded else 'not loaded yet'}>"

    def configure(
        self, target: str | type[BaseSettings] | BaseSettings, *, named_by: str = "settings.configure()"
    ) -> None:
        """Say where the settings are: a module's name (``"mysite.settings"``), a settings class, or an instance.

        A module is imported at the first read, not here. ``named_by`` appears in errors and banners.

        Raises:
            ImproperlyConfigured: Something has read a setting already, or ``target`` is none of the three.
        """
        self._reader().configure(target, named_by)

    def is_configured(self) -> bool:
        """Tell whether a project was found or configured; ``False``: environment and defaults are in force."""
        return self._reader().origin() is not None

    @property
    def source(self) -> str:
        """Where the settings are: ``"mysite.settings (OPENVIPER_SETTINGS_MODULE)"``."""
        origin = self._reader().origin()
        return "environment and defaults (no settings module)" if origin is None else str(origin)

    def explain(self, name: str) -> Explanation:
        """Return the value of a setting, or of a section's field, with its source and type.

        Raises:
            ImproperlyConfigured: There is no such setting.
        """
        return self._reader().explain(name)


#: The settings of this process's project.
settings = LazySettings()
