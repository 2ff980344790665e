"""Counts pages as they leave."""

from __future__ import annotations

from collections.abc import Awaitable

from openviper.conf import section
from openviper.core.context import current_router
from openviper.core.router import Router
from openviper.core.types import ASGIApp, Message, Receive, Scope, Send
from openviper.middleware.base import BaseMiddleware
from pulse.apps import get_pulse
from pulse.sections import PulseSettings

__all__ = ["PulseMiddleware"]


class PulseMiddleware(BaseMiddleware):
    """Count each answer 200 to a GET of one of the project's routes, and show the count as ``request.state.pulse``.

    Static files, the framework's own pages, and what is not found are not pages.

    Args:
        app: The next application.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self.exclude = section(PulseSettings).PULSE_EXCLUDE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        pulse = get_pulse()
        scope.setdefault("state", {})["pulse"] = pulse
        route = self._page(scope)
        if route is None:
            await self.app(scope, receive, send)
            return

        def count(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and message["status"] == 200:
                pulse.record(route)
            return send(message)

        await self.app(scope, receive, count)

    def _page(self, scope: Scope) -> str | None:
        """Return the route that will be taken, if it is one that counts."""
        router: Router | None = current_router.get()
        match = router.resolve(scope) if router is not None and scope["method"] == "GET" else None
        if match is None or any(match.path == each or match.path.startswith(f"{each}/") for each in self.exclude):
            return None
        return match.path
