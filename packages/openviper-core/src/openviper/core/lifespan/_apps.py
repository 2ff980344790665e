"""What the entries of INSTALLED_APPS offer: found on the package, else on its ``apps`` module."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, TypeAlias, cast

from openviper.core.app_resolver import explain_missing
from openviper.core.errors import ImproperlyConfigured, LifespanError
from openviper.core.imports import module_exists
from openviper.core.lifespan._place import failing_line, home_of

__all__ = ["HookFunction", "InstalledApp", "app_names", "load_app"]

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
    ready: HookFunction | None = None
    shutdown: HookFunction | None = None
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def app_names(apps: Iterable[object]) -> tuple[str, ...]:
    """Return ``apps`` as a tuple of names.

    Raises:
        ImproperlyConfigured: It is one string, or an entry is not a name or stands there twice; all problems at once.
    """
    if isinstance(apps, str):
        raise ImproperlyConfigured(f"INSTALLED_APPS={apps!r} is one string; expected a tuple of names: ({apps!r},)")
    seen: dict[object, int] = {}
    problems: list[str] = []
    for index, name in enumerate(apps):
        if not isinstance(name, str) or not name:
            problems.append(f"INSTALLED_APPS[{index}]={name!r} is no module name; expected one like 'myproject.blog'")
        elif name in seen:
            problems.append(f"INSTALLED_APPS[{index}]={name!r} stands at {seen[name]} already; remove one of them")
        seen[repr(name) if not isinstance(name, str) else name] = index
    if problems:
        raise ImproperlyConfigured("\n".join(problems))
    return tuple(cast("Iterable[str]", seen))


def load_app(name: str, index: int) -> InstalledApp | None:
    """Import an app and find its hooks; ``None``, after a warning, where there is no such module.

    Raises:
        LifespanError: The app is there and its import fails (chained), or one of its hooks cannot be called.
        ImproperlyConfigured: ``requires`` or ``after`` is not a tuple of names.
    """
    try:
        if not module_exists(name):
            why = explain_missing(name)
            logger.warning("installed app %r (INSTALLED_APPS[%d]) was not found and is skipped%s", name, index, why)
            return None
        places = _places(name)
    except Exception as error:
        failure = LifespanError(
            f"installed app {name!r} (INSTALLED_APPS[{index}]) failed while it was being imported: "
            f"{type(error).__name__}: {error}"
        )
        failure.add_note(f"installed app {name!r}, INSTALLED_APPS[{index}], {failing_line(error, home_of(name))}")
        raise failure from error
    return _read(name, index, places)


def _places(name: str) -> list[ModuleType]:
    """Import the package and, where it has one, its ``apps`` module."""
    package = import_module(name)
    if hasattr(package, "__path__") and module_exists(f"{name}.apps"):
        return [package, import_module(f"{name}.apps")]
    return [package]


def _read(name: str, index: int, places: list[ModuleType]) -> InstalledApp:
    home = home_of(name)
    # What belongs to a ready() stands beside it: its module is asked first for the rest.
    places = sorted(places, key=lambda module: _exported(module, "ready") is None)
    return InstalledApp(
        name,
        index,
        home,
        ready=_hook(name, "ready", places),
        shutdown=_hook(name, "shutdown", places),
        requires=_names(name, "requires", places),
        after=_names(name, "after", places),
    )


def _exported(module: ModuleType, attribute: str) -> Any:
    value = getattr(module, attribute, None)
    # A submodule that happens to be named like a hook (myplugin/ready.py) is not the hook.
    return None if isinstance(value, ModuleType) else value


def _find(attribute: str, places: Sequence[ModuleType]) -> tuple[Any, str]:
    for module in places:
        if (value := _exported(module, attribute)) is not None:
            return value, f"{module.__name__}.{attribute}"
    return None, ""


def _hook(name: str, kind: str, places: Sequence[ModuleType]) -> HookFunction | None:
    value, path = _find(kind, places)
    if value is None:
        return None
    problem = _why_unusable(value)
    if problem:
        raise LifespanError(
            f"{kind} of installed app {name!r} {problem}; expected {path} to be a function, sync or async, "
            "that is called without arguments"
        )
    return cast("HookFunction", value)


def _why_unusable(value: Any) -> str:
    if not callable(value):
        return f"is not callable ({type(value).__name__})"
    try:
        inspect.signature(value).bind()
    except TypeError as error:
        return f"cannot be called without arguments: {error}"
    except ValueError:
        return ""  # A builtin that does not tell its signature: calling it will show.
    return ""


def _names(name: str, kind: str, places: Sequence[ModuleType]) -> tuple[str, ...]:
    value, path = _find(kind, places)
    if value is None:
        return ()
    if isinstance(value, tuple | list) and all(isinstance(each, str) for each in cast("list[object]", value)):
        return tuple(cast("Iterable[str]", value))
    raise ImproperlyConfigured(
        f"{kind} of installed app {name!r} is {value!r} ({path}); expected a tuple of app names: ('openviper.db',)"
    )
