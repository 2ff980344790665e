"""The system check of openviper-http, found by the entry point ``openviper.checks``.

``openviper._checks`` is a namespace package: a project that has no need of it pays for no part of the application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper._settings.http import HttpSettings
from openviper.conf import ImproperlyConfigured, section, settings
from openviper.core.app_resolver import AppResolver
from openviper.core.checks import CheckMessage, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_static_files"]


def check_static_files() -> Iterator[CheckMessage]:
    """Report static files that no visitor would get: without ``DEBUG`` the application serves none."""
    try:
        http, is_served = section(HttpSettings), settings.DEBUG
        has_root = settings.STATIC_ROOT is not None
    except ImproperlyConfigured:
        # The core's check says what is wrong with them.
        return
    if is_served:
        return
    if http.STATIC_HASHED:
        yield from _manifest()
    elif not has_root and _has_files():
        yield CheckMessage(
            "openviper.http.static_root",
            Severity.WARNING,
            "the application serves static files with DEBUG alone, and STATIC_ROOT is not set",
            hint="set STATIC_ROOT, run openviper viperctl collectstatic, and have a web server serve what it copies",
        )


def _manifest() -> Iterator[CheckMessage]:
    """Report that pages are to link to names with a hash, and that none were collected."""
    # It comes with Starlette.
    from openviper.staticfiles import StaticFilesError  # noqa: PLC0415
    from openviper.staticfiles._manifest import collected_names  # noqa: PLC0415

    try:
        collected_names()
    except StaticFilesError as error:
        yield CheckMessage(
            "openviper.http.static_manifest",
            # A build checks a project before it collects its files.
            Severity.WARNING,
            f"no page could link to a static file: {error}",
            hint="run openviper viperctl collectstatic before the application is served, or set STATIC_HASHED to False",
        )


def _has_files() -> bool:
    """Tell whether there are folders for static files; openviper.staticfiles knows them too, and imports Starlette."""
    # Of an app that is missing the core's check tells.
    folders = AppResolver().get_app_dirs(warn=False)
    return bool(settings.STATICFILES_DIRS) or any((each / "static").is_dir() for each in folders)
