"""The pages that the framework itself serves, behind the user's own routes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from openviper.conf import section, settings
from openviper.core.entrypoints import distribution_of, installed_entries
from openviper.core.imports import import_string
from openviper.core.pages import Page
from openviper.core.types import Receive, Scope, Send
from openviper.http import HttpSettings
from openviper.routing import Router
from openviper.staticfiles import StaticFiles, static_directories

from ._health import Health

__all__ = ["builtin_router", "installed_pages"]

logger = logging.getLogger("openviper.app")


def builtin_router(health: Health, pages: Sequence[Page], *, debug: bool) -> Router:
    """Return a router with the health pages, static files and installed pages that the settings ask for."""
    router = Router()
    if section(HttpSettings).HEALTH_PAGES:
        router.add_route("/-/live", health.live)
        router.add_route("/-/ready", health.ready)
    # A STATIC_URL with a host is somebody else's server.
    if debug and settings.STATIC_URL.startswith("/") and (prefix := settings.STATIC_URL.rstrip("/")):
        router.mount(prefix, StaticFiles(static_directories()))
    for page in pages:
        router.mount(page.path, LazyApp(page.import_path), lifespan=False)
    return router


def installed_pages(*, debug: bool) -> list[Page]:
    """Return the pages that installed distributions offer; one that cannot be read is logged and left out."""
    pages: list[Page] = []
    for entry in installed_entries("openviper.pages"):
        try:
            page = entry.load()
        except Exception:
            logger.exception("the page %r of %s cannot be read", entry.value, distribution_of(entry))
            continue
        if not isinstance(page, Page):
            logger.error("%r of %s is not an openviper.core.pages.Page", entry.value, distribution_of(entry))
        elif debug or not page.debug_only:
            pages.append(page)
    return pages


class LazyApp:
    """An ASGI application that is imported at its first request."""

    def __init__(self, import_path: str) -> None:
        self._import_path = import_path
        self._app: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if app is None:
            app = self._app = import_string(self._import_path)
        await app(scope, receive, send)
