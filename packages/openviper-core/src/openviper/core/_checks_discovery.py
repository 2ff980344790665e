"""What a run of the checks finds in INSTALLED_APPS: the apps, by start-up's own loader, and the checks of each.

An app's checks stand in the module ``<app>.checks``, whose import registers them.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from openviper.conf import settings
from openviper.core._installed_apps import InstalledApp, load_app
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import locate

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

__all__ = ["LoadedApp", "apps_loaded", "import_app_checks", "loaded_apps"]

#: The app, what its loading raised, or ``None`` where there is none of that name.
LoadedApp: TypeAlias = InstalledApp | Exception | SystemExit | None

_of_this_run: ContextVar[Mapping[str, LoadedApp] | None] = ContextVar("openviper_loaded_apps", default=None)


@contextmanager
def apps_loaded() -> Generator[None]:
    """Load the installed apps, for all in the block that asks :func:`loaded_apps`.

    A second import of an app that failed could fail otherwise than the first, which is the one that start-up sees.
    """
    token = _of_this_run.set(_load_all())
    try:
        yield
    finally:
        _of_this_run.reset(token)


def loaded_apps() -> Mapping[str, LoadedApp]:
    """Return each entry of INSTALLED_APPS with what became of it, in their order; none where they cannot be read."""
    loaded = _of_this_run.get()
    return _load_all() if loaded is None else loaded


def import_app_checks() -> Iterator[tuple[str, Exception | SystemExit]]:
    """Import ``<app>.checks`` of each installed app that has one; yield each that fails, with its error.

    Not of an app that start-up would refuse: the core's own check says why.
    """
    for name, app in loaded_apps().items():
        module = f"{name}.checks"
        if not isinstance(app, InstalledApp) or locate(module) is None:
            continue
        try:
            import_module(module)
        except (Exception, SystemExit) as error:
            yield f"{module} (of installed app {name!r})", error


def _load_all() -> dict[str, LoadedApp]:
    try:
        apps = settings.INSTALLED_APPS
    except ImproperlyConfigured:
        # The core's check of the settings says why.
        return {}
    return {name: _load(name, apps.index(name)) for name in dict.fromkeys(apps) if name}


def _load(name: str, index: int) -> LoadedApp:
    try:
        return load_app(name, index) if locate(name) is not None else None
    except (Exception, SystemExit) as error:
        return error
