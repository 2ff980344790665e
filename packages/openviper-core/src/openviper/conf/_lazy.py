"""``settings``: the project's settings, loaded when something first reads one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from openviper.conf._base import BaseSettings

if TYPE_CHECKING:
    from openviper.conf._explain import Explanation, SettingsReport
    from openviper.conf._reader import Reader

    # A checker knows the fields of the base; those of the project's own are Any.
    Face = BaseSettings
else:
    Face = object

__all__ = ["LazySettings", "check_settings", "explain_settings", "section", "settings"]

T = TypeVar("T")
# Filled by the first read, so that later ones do not ask for the import again.
OPENED: list[Reader] = []


def opened_reader() -> Reader:
    """Return the reader of this process's settings: what finds, reads and checks them."""
    if not OPENED:
        # It costs as much as all that is imported with this package, and most imports read no setting.
        from openviper.conf._reader import READER  # noqa: PLC0415

        OPENED.append(READER)
    return OPENED[0]


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


def section(cls: type[T]) -> T:
    """Return the section ``cls``, a frozen dataclass whose fields are settings; the same object at every call.

    Each field is taken from the environment, else from the attribute of that name of the project's settings class, else
    from the section's own default. Without a settings module that leaves environment and defaults. Inside
    ``override_settings`` it is another object.

    Raises:
        ImproperlyConfigured: A value does not suit, or one without default is missing; every problem of this section.
    """
    return opened_reader().section(cls)


def check_settings() -> list[str]:
    """Read the project's settings and every section of every installed distribution; return each problem as a line.

    Unknown variables are logged as warnings and are no problem. ``[]``: everything can be used.
    """
    return opened_reader().problems()


def explain_settings() -> SettingsReport:
    """Return every setting of the project, and of every installed section, with its value, source and type.

    Those that cannot be used are there with what is wrong with them. The value of a field with ``repr=False`` is
    made a :class:`~openviper.conf.Secret`, if there is anything in it. Properties of the settings class are called.

    Raises:
        ImproperlyConfigured: There is no class to explain: the settings module cannot be found or loaded.
    """
    return opened_reader().report()
