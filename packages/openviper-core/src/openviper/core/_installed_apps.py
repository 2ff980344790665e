"""What the entries of INSTALLED_APPS offer: found on the package, else on its ``apps`` module."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType
from typing import Any, TypeAlias, cast

from openviper.core._app_places import add_note_once, binding_line, failing_line, home_of
from openviper.core.app_resolver import explain_missing
from openviper.core.error_text import error_line
from openviper.core.errors import ImproperlyConfigured, LifespanError
from openviper.core.imports import module_exists

__all__ = ["HookFunction", "InstalledApp", "load_app"]

#: A hook: called without arguments, its result awaited where it can be.
HookFunction: TypeAlias = Callable[[], Any]

logger = logging.getLogger("openviper.lifespan")


@dataclass(frozen=True, slots=True)
class InstalledApp:
    """An app that was found and imported."""

    #: As it stands in INSTALLED_APPS.
    name: str
    #: Its index there.
    index: int
    #: The folder (or file) in which its code stands.
    home: str
    #: Where its hooks are looked for, in this order.
    places: tuple[ModuleType, ...] = ()
    ready: HookFunction | None = None
    shutdown: HookFunction | None = None
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def find(self, attribute: str) -> tuple[Any, ModuleType | None]:
        """Return what the app offers under this name, and the module that has it."""
        for module in self.places:
            if (value := _exported(module, attribute)) is not None:
                return value, module
        return None, None

    def path(self, attribute: str) -> str:
        """Return the dotted path of what the app offers: ``"myplugin.apps.ready"``."""
        _, module = self.find(attribute)
        return f"{module.__name__}.{attribute}" if module else ""

    def line(self, attribute: str) -> str:
        """Return ``file:line`` of what the app offers."""
        _, module = self.find(attribute)
        return binding_line(module, attribute) if module else ""

    def note(self, attribute: str) -> str:
        """Say where the app offers what is no good."""
        return _note(self.name, self.index, self.line(attribute))


def load_app(name: str, index: int) -> InstalledApp | None:
    """Import an app and find its hooks; ``None``, after a warning, where there is no such module.

    Raises:
        LifespanError: The app is there and its import fails (chained), or one of its hooks cannot be called.
        ImproperlyConfigured: ``requires`` or ``after`` is not a tuple of names.
        BaseException: What its import raises that is no ``Exception``: an interrupt, ``sys.exit()``.

    Each has a note with the app's name, its index, and file and line.
    """
    places = _import(name, index)
    return _read(name, index, places) if places else None


def _import(name: str, index: int) -> list[ModuleType]:
    try:
        if module_exists(name):
            return _places(name)
    except BaseException as error:
        note = _note(name, index, failing_line(error, home_of(name)))
        if not isinstance(error, Exception):
            add_note_once(error, note)
            raise
        failure = LifespanError(
            f"installed app {name!r} (INSTALLED_APPS[{index}]) failed while it was being imported: {error_line(error)}"
        )
        failure.add_note(note)
        raise failure from error
    why = explain_missing(name)
    logger.warning("installed app %r (INSTALLED_APPS[%d]) was not found and is skipped%s", name, index, why)
    return []


def _places(name: str) -> list[ModuleType]:
    """Import the package and, where it has one, its ``apps`` module."""
    package = import_module(name)
    if hasattr(package, "__path__") and module_exists(f"{name}.apps"):
        return [package, import_module(f"{name}.apps")]
    return [package]


def _note(name: str, index: int, line: str) -> str:
    return ", ".join(filter(None, (f"installed app {name!r}", f"INSTALLED_APPS[{index}]", line)))


def _read(name: str, index: int, places: list[ModuleType]) -> InstalledApp:
    # What belongs to a ready() stands beside it: its module is asked first for the rest.
    places = sorted(places, key=lambda module: _exported(module, "ready") is None)
    app = InstalledApp(name, index, home_of(name), tuple(places))
    return replace(
        app,
        ready=_hook(app, "ready"),
        shutdown=_hook(app, "shutdown"),
        requires=_names(app, "requires"),
        after=_names(app, "after"),
    )


def _exported(module: ModuleType, attribute: str) -> Any:
    value = getattr(module, attribute, None)
    # A submodule that happens to be named like a hook (myplugin/ready.py) is not the hook.
    return None if isinstance(value, ModuleType) else value


def _hook(app: InstalledApp, kind: str) -> HookFunction | None:
    value, _ = app.find(kind)
    problem = "" if value is None else _why_unusable(value)
    if problem:
        error = LifespanError(
            f"{kind} of installed app {app.name!r} {problem}; expected {app.path(kind)} to be a function, sync or "
            "async, that is called without arguments"
        )
        error.add_note(app.note(kind))
        raise error
    return cast("HookFunction | None", value)


def _why_unusable(value: Any) -> str:
    if not callable(value):
        return f"is not callable ({type(value).__name__})"
    if inspect.isgeneratorfunction(value) or inspect.isasyncgenfunction(value):
        return "has a yield: calling it makes a generator, of which nothing runs"
    try:
        inspect.signature(value).bind()
    except TypeError as error:
        return f"cannot be called without arguments: {error}"
    except ValueError:
        return ""  # A builtin that does not tell its signature: calling it will show.
    return ""


def _names(app: InstalledApp, kind: str) -> tuple[str, ...]:
    value, _ = app.find(kind)
    if value is None:
        return ()
    if isinstance(value, tuple | list) and all(isinstance(each, str) for each in cast("list[object]", value)):
        return tuple(cast("Iterable[str]", value))
    error = ImproperlyConfigured(
        f"{kind} of installed app {app.name!r} is {value!r} ({app.path(kind)}); "
        "expected a tuple of app names: ('openviper.db',)"
    )
    error.add_note(app.note(kind))
    raise error
