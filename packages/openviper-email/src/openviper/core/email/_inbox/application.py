"""The ASGI application."""

from __future__ import annotations

import asyncio

from openviper.core.email._inbox.access import problem_of
from openviper.core.email._inbox.errors import NotFound
from openviper.core.email._inbox.rendering import render
from openviper.core.email._inbox.request import Request, read_request
from openviper.core.email._inbox.responses import Response, json_response, page_response, send_response
from openviper.core.email._inbox.routes import handlers_of
from openviper.core.errors import ImproperlyConfigured
from openviper.core.request_headers import request_headers
from openviper.core.types import Receive, Scope, Send

__all__ = ["Inbox"]

_TITLES = {
    403: "Not for this request",
    404: "There is nothing here",
    405: "Not in this way",
    500: "Mail cannot be read",
}


class Inbox:
    """Captured mail and previews of templates, as pages and as JSON."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = read_request(scope)
            response = await self._answer(request, request_headers(scope))
            await send_response(response, send, with_body=scope["method"] != "HEAD")
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, request: Request, headers: dict[bytes, bytes]) -> Response:
        problem = problem_of(request.method, headers)
        if problem is not None:
            return await _notice(request, 403, problem)
        handlers = handlers_of(request.segments)
        if not handlers:
            return await _notice(request, 404, "Captured mail has no such page.")
        handler = handlers.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            allowed = ", ".join(handlers).replace("GET", "GET, HEAD")
            detail = f"This page answers {allowed} alone."
            return await _notice(request, 405, detail, ((b"allow", allowed.encode("ascii")),))
        try:
            return await handler(request)
        except NotFound as error:
            return await _notice(request, 404, str(error))
        except (OSError, ImproperlyConfigured) as error:
            # A folder that cannot be read, a setting that cannot be used.
            return await _notice(request, 500, f"The captured mail cannot be read: {error}")


async def _notice(
    request: Request, status: int, detail: str, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> Response:
    """Return a page, for the API an object, with one sentence."""
    if request.wants_json:
        return json_response({"error": detail}, status, headers)
    html = await asyncio.to_thread(render, "notice.html", request.links, here="", title=_TITLES[status], detail=detail)
    return page_response(html, status, headers)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
