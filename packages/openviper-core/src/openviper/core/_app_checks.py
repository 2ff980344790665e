"""The core's check of INSTALLED_APPS: what start-up would say of each app, and of their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.conf import settings
from openviper.core._app_order import in_order
from openviper.core._app_places import notes_of
from openviper.core._checks_discovery import loaded_apps
from openviper.core._installed_apps import InstalledApp
from openviper.core.app_resolver import app_names, explain_missing
from openviper.core.checks import CheckMessage, Severity
from openviper.core.error_text import error_line, exit_line
from openviper.core.errors import ImproperlyConfigured, LifespanError

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
    loaded = loaded_apps()
    for name, app in loaded.items():
        if not isinstance(app, InstalledApp):
            yield _missing_or_refused(name, apps.index(name), app)
    # An app that waits for one that is broken has no fault of its own.
    broken = [name for name, app in loaded.items() if isinstance(app, BaseException)]
    try:
        in_order([app for app in loaded.values() if isinstance(app, InstalledApp)], already=broken)
    except ImproperlyConfigured as error:
        yield from (_refused(problem, error) for problem in str(error).splitlines())


def _missing_or_refused(name: str, index: int, error: Exception | SystemExit | None) -> CheckMessage:
    app = f"installed app {name!r} (INSTALLED_APPS[{index}])"
    if error is not None:
        return _refused(_problem(app, error), error)
    return CheckMessage(
        _ID,
        Severity.WARNING,
        f"{app} was not found; start-up skips it",
        hint=explain_missing(name).removeprefix("; ") or None,
    )


def _problem(app: str, error: Exception | SystemExit) -> str:
    if isinstance(error, SystemExit):
        return exit_line(app, error)
    names_app = isinstance(error, LifespanError | ImproperlyConfigured)
    said = str(error) if names_app else f"{app} failed: {error_line(error)}"
    # Further lines are those of an error that is told of where it was raised.
    return said.splitlines()[0]


def _refused(problem: str, error: Exception | SystemExit) -> CheckMessage:
    # The notes name the app, its index, and file and line.
    return CheckMessage(_ID, Severity.ERROR, problem, hint="; ".join(notes_of(error)) or None)
