"""The core's check of INSTALLED_APPS, as start-up will find it; no app is imported for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.conf import settings
from openviper.core.app_resolver import app_names, explain_missing
from openviper.core.checks import CheckMessage, Severity
from openviper.core.errors import ImproperlyConfigured
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
    for index, name in enumerate(apps):
        if name and name not in apps[:index] and locate(name) is None:
            yield CheckMessage(
                _ID,
                Severity.WARNING,
                f"installed app {name!r} (INSTALLED_APPS[{index}]) was not found; start-up skips it",
                hint=explain_missing(name).removeprefix("; ") or None,
            )
