"""The settings of this process: found once, built once, replaced while a test overrides them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from threading import RLock, get_ident
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from openviper.conf._base import BaseSettings
from openviper.conf._environment import Variable, read_environment
from openviper.conf._finder import Origin, find_settings
from openviper.conf._modules import settings_class
from openviper.conf._resolve import Given, Resolved, construct, resolve
from openviper.conf._unknown import warn_of_unknown
from openviper.core.errors import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

__all__ = ["PROJECT", "Found", "Project", "State", "build"]

T = TypeVar("T")


class Found(NamedTuple):
    """The project's settings class and the environment, before any value is taken from them."""

    origin: Origin | None
    cls: type[BaseSettings]
    environment: Mapping[str, Variable]

    def resolve(self, overrides: Mapping[str, Given]) -> Resolved:
        """Find the value of each field of the project's class."""
        return resolve(self.cls, self.environment, overrides, self._instance_values())

    def _instance_values(self) -> dict[str, Given]:
        instance = self.origin.target if self.origin is not None else None
        if not isinstance(instance, BaseSettings):
            return {}
        name = self.cls.__name__
        return {
            each.name: Given(
                getattr(instance, each.name),
                f"the instance of {name} given to settings.configure()",
                f"{name}.{each.name}",
            )
            for each in fields(instance)
        }


class State(NamedTuple):
    """Settings that are in force: one object, and the sections read from it so far."""

    found: Found
    resolved: Resolved
    instance: BaseSettings
    overrides: Mapping[str, Given]
    sections: dict[type, tuple[Any, Resolved]]

    def project_values(self) -> dict[str, Given]:
        """What the project's class offers to the sections."""
        return project_values(self.found.cls, self.resolved)


def project_values(cls: type, resolved: Resolved) -> dict[str, Given]:
    """Return the values of the project's class as a section takes them."""
    return {
        name: Given(value, resolved.sources[name], f"{cls.__name__}.{name}") for name, value in resolved.values.items()
    }


class Project:
    """Holds the state; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._configured: Origin | None = None
        #: The settings in force; ``None``: nothing has read one yet.
        self.current: State | None = None
        self._loading: set[int] = set()
        self._kept: list[dict[str, Any]] = []

    def configure(self, origin: Origin) -> None:
        with self._lock:
            if self.current is not None:
                raise ImproperlyConfigured(
                    f"settings are in use already ({self.origin() or 'environment and defaults'}), so they cannot be "
                    f"configured with {origin.name}; call settings.configure() before anything reads a setting"
                )
            self._configured = origin

    def origin(self) -> Origin | None:
        """Return where the settings are, without importing them; ``None``: there is no project."""
        if self.current is not None:
            return self.current.found.origin
        return self._configured or find_settings(read_environment())

    def state(self, reader: str = "a setting") -> State:
        """Return the settings in force; the first call finds and builds them."""
        return self.current or self._load(reader)

    def section(self, cls: type[T]) -> tuple[T, Resolved]:
        """Return the one object of a section that belongs to the settings in force, with what it was made of."""
        state = self.current or self.state(cls.__name__)
        return state.sections.get(cls) or self._make_section(state, cls)

    def _make_section(self, state: State, cls: type[T]) -> tuple[T, Resolved]:
        if not is_dataclass(cls) or issubclass(cls, BaseSettings):
            raise ImproperlyConfigured(f"{cls!r} is not a section; expected a frozen dataclass of settings")
        resolved = resolve(cls, state.found.environment, state.overrides, state.project_values())
        made = construct(cls, resolved)
        with self._lock:
            return state.sections.setdefault(cls, (made, resolved))

    def find(self, reader: str) -> Found:
        """Import the settings module, outside of the lock: an import has locks of its own."""
        with self._loading_for(reader):
            environment = read_environment()
            origin = self._configured or find_settings(environment)
            return Found(origin, settings_class(origin) if origin else BaseSettings, environment)

    @contextmanager
    def _loading_for(self, reader: str) -> Generator[None]:
        """Refuse what reads settings on the way to them, in this thread."""
        me = get_ident()
        if me in self._loading:
            raise ImproperlyConfigured(
                f"{reader} was read while the settings are being loaded ({self.origin()}); a settings module, and what "
                "it imports, cannot read settings: use the values in the class, or read them inside a function"
            )
        self._loading.add(me)
        try:
            yield
        finally:
            self._loading.discard(me)

    def _load(self, reader: str) -> State:
        found = self.find(reader)
        with self._lock, self._loading_for(reader):
            if self.current is None:
                self.current = build(found, {})
                warn_of_unknown(found.cls, found.environment, apps=self.current.instance.INSTALLED_APPS)
            return self.current

    def replace(self, state: State) -> None:
        """Put ``state`` in force."""
        with self._lock:
            self.current = state
            for kept in self._kept:
                kept.clear()

    def keep(self, state: State, kept: dict[str, Any], name: str, value: Any) -> None:
        """Note a value that was read from ``state`` in ``kept``, which is emptied when another state is in force."""
        if not any(each is kept for each in self._kept):
            self._kept.append(kept)
        kept[name] = value
        if self.current is not state:
            # Another thread has replaced it meanwhile, and emptied this before the value came.
            kept.pop(name, None)


def build(found: Found, overrides: Mapping[str, Given]) -> State:
    """Make the project's settings object."""
    resolved = found.resolve(overrides)
    return State(found, resolved, construct(found.cls, resolved), overrides, {})


#: The one that ``settings``, ``section`` and ``override_settings`` use.
PROJECT = Project()
