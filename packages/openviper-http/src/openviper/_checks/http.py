"""The system check of openviper-http, found by the entry point ``openviper.checks``.

``openviper._checks`` is a namespace package: a project that has no need of it pays for no part of the application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper._settings.http import HttpSettings
from openviper.conf import ImproperlyConfigured, section, settings
from openviper.core.checks import CheckMessage, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_static_files"]


def check_static_files() -> Iterator[CheckMessage]:
    """Report that pages are to link to names with a hash, and that none were collected."""
    if not _links_to_hashes():
        return
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
            hint="run viperctl collectstatic before the application is served, or set STATIC_HASHED to False",
        )


def _links_to_hashes() -> bool:
    try:
        return section(HttpSettings).STATIC_HASHED and not settings.DEBUG
    except ImproperlyConfigured:
        # The core's check says what is wrong with them.
        return False
