"""The core's check of INSTALLED_APPS: each app is imported as start-up imports it, and none is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.conf import settings
from openviper.core._app_order import in_order
from openviper.core._app_places import notes_of
from openviper.core._installed_apps import InstalledApp, load_app
from openviper.core.app_resolver import app_names, explain_missing
from openviper.core.checks import CheckMessage, Severity
from openviper.core.errors import ImproperlyConfigured, LifespanError
from openviper.core.imports import locate

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_apps"]

_ID = "openviper.core.installed_apps"


def check_apps() -> Iterator[CheckMessage]:
    """Report what start-up refuses as errors, and what it skips as warnings."""
    apps = settings.INSTALLED_APPS
    try:
        app_names(apps)
    except ImproperlyConfigured as error:
        yield from (CheckMessage(_ID, Severity.ERROR, problem) for problem in str(error).splitlines())
    loaded = {name: _load(name, apps.index(name)) for name in dict.fromkeys(apps) if name}
    found = [each for each in loaded.values() if isinstance(each, InstalledApp)]
    said = {name: each for name, each in loaded.items() if isinstance(each, CheckMessage)}
    yield from said.values()
    # An app that waits for one that is broken has no fault of its own.
    broken = [name for name, message in said.items() if message.severity is Severity.ERROR]
    try:
        in_order(found, already=broken)
    except ImproperlyConfigured as error:
        yield from (_refused(problem, error) for problem in str(error).splitlines())


def _load(name: str, index: int) -> InstalledApp | CheckMessage:
    """Import an app; return it, or what start-up would say of it."""
    try:
        app = load_app(name, index) if locate(name) is not None else None
    except (LifespanError, ImproperlyConfigured) as error:
        # Further lines are those of an error that is told of where it was raised.
        return _refused(str(error).splitlines()[0], error)
    return app or CheckMessage(
        _ID,
        Severity.WARNING,
        f"installed app {name!r} (INSTALLED_APPS[{index}]) was not found; start-up skips it",
        hint=explain_missing(name).removeprefix("; ") or None,
    )


def _refused(problem: str, error: Exception) -> CheckMessage:
    # The notes name the app, its index, and file and line.
    return CheckMessage(_ID, Severity.ERROR, problem, hint="; ".join(notes_of(error)) or None)
