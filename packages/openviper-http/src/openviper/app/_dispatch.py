"""The innermost application: from a scope to a handler, and from what it returns to messages."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from openviper.core.context import current_request
from openviper.core.error_pages import log_server_error
from openviper.core.lifespan import Lifespan, serve_lifespan
from openviper.core.plain_middleware import Headers, PlainApp
from openviper.core.response_send import ResponseSend, response_send
from openviper.core.types import ASGIApp, Receive, Scope, Send
from openviper.http import JSONResponse, Request, dumps, to_response
from openviper.routing import Router, RouteTable, handler_name, path_of, quote_path

from ._errors import ErrorHandling
from ._head import without_body
from ._websockets import WebSocketDispatcher

__all__ = ["RUNNERS", "Dispatcher"]

#: What a traceback of a failing start or shutdown passes over: it runs what others wrote.
RUNNERS = frozenset({"openviper.app"})

# Responses that send their two messages and do nothing else: they cannot fail half-way.
PLAIN = frozenset({Response, HTMLResponse, JSONResponse, PlainTextResponse})


class Dispatcher(PlainApp):
    """Find the route, call its handler, send the response; one for each start of the application.

    Args:
        router: The user's routes.
        builtin: Pages of the framework itself, asked when ``router`` has none.
        errors: Turns exceptions into responses.
        lifespan: Started when the server says so.
        max_body_bytes: For requests that a middleware makes.
    """

    def __init__(
        self, router: Router, builtin: Router, errors: ErrorHandling, lifespan: Lifespan, max_body_bytes: int
    ) -> None:
        self._router = router
        self._builtin = builtin.table if builtin.table else None
        self._errors = errors
        self._lifespan = lifespan
        self._max_body_bytes = max_body_bytes
        self._websocket = WebSocketDispatcher(router, errors)
        #: Whether the middleware stack passed the lifespan on.
        self.saw_lifespan = False

    def http(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        request = send.request
        if isinstance(request, Request) and request.scope is scope and send.receive is receive:
            return self.respond(request, scope, receive, send)
        request = current_request.get()
        if isinstance(request, Request) and request.serves(scope, receive):
            return self.respond(request, scope, receive, send)
        return self._respond_another(scope, receive, send)

    def websocket(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> Awaitable[None]:
        return self._websocket(scope, receive, send)

    async def other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            raise ValueError(f"scope type {scope['type']!r} has no application; expected http, websocket or lifespan")
        self.saw_lifespan = True
        await serve_lifespan(self._lifespan, receive, send, runners=RUNNERS)

    async def _respond_another(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request that a middleware made of the server's; each has an object of its own."""
        request = Request(scope, receive, send)
        request.max_body_bytes = self._max_body_bytes
        token = current_request.set(request)
        try:
            await self.respond(request, scope, receive, send)
        finally:
            current_request.reset(token)

    async def respond(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request for which this is the object."""
        method: str = scope["method"]
        path: str = path_of(scope) if scope.get("root_path") else scope["path"]
        if method == "HEAD":
            send = without_body(send)
        table = self._router.table
        found = table.find(path, method)
        if found is None:
            await self._without_route(request, table, path, receive, send)
            return
        route, params = found
        if params:
            scope["path_params"] = params
        if route.max_body_bytes is not None:
            request.max_body_bytes = route.max_body_bytes
        try:
            result = await route.call(request, params)
            try:
                # The commonest result by far needs no response object.
                body = dumps(result) if result.__class__ is dict or result.__class__ is list else None
                response = None if body is not None else to_response(result)
            except (TypeError, ValueError) as error:
                # No line of this traceback is the user's.
                error.add_note(f"{method} {route.path} is served by {handler_name(route.handler)}")
                raise
        except Exception as error:
            await self._errors.respond(request, error, receive, send)
            return
        if response is None:
            headers = [(b"content-length", b"%d" % len(body or b"")), (b"content-type", b"application/json")]
            if isinstance(send, ResponseSend):
                # The body has nothing to add: it spares the call.
                headers, send = send.begin(headers), send.send
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        elif response.__class__ in PLAIN and response.background is None:
            await response(scope, receive, send)
        else:
            await self._run(response, request, scope, receive, send)

    async def _run(self, app: ASGIApp, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """Run an application that may fail before, or while, it responds."""
        tracked = response_send(send)
        try:
            await app(scope, receive, tracked)
        except ClientDisconnect:
            return
        except Exception as error:
            if tracked.started:
                log_server_error(scope, error)
                raise
            await self._errors.respond(request, error, receive, send)

    async def _without_route(
        self, request: Request, table: RouteTable, path: str, receive: Receive, send: Send
    ) -> None:
        scope = request.scope
        app = _mounted(table, path, scope)
        if app is None and self._builtin is not None:
            app = _builtin(self._builtin, path, scope)
        if app is not None:
            await self._run(app, request, scope, receive, send)
        elif allowed := table.methods(path) or (self._builtin.methods(path) if self._builtin is not None else ()):
            await self._errors.respond_status(request, 405, {"Allow": ", ".join(allowed)}, receive, send)
        elif (location := self._with_or_without_slash(table, path, scope)) is not None:
            await RedirectResponse(location, 307)(scope, receive, send)
        else:
            await self._errors.respond_status(request, 404, None, receive, send)

    def _with_or_without_slash(self, table: RouteTable, path: str, scope: Scope) -> str | None:
        """Return where a path that only lacks a slash, or has one too many, would be found."""
        other = path[:-1] if path.endswith("/") else path + "/"
        # A path that begins with two slashes would be another host's in a Location header.
        if not other or other.startswith("//"):
            return None
        method = scope["method"]
        if not table.serves(other, method) and not (self._builtin and self._builtin.serves(other, method)):
            return None
        location = quote_path(scope.get("root_path", "").rstrip("/") + other)
        query = scope.get("query_string", b"").decode("latin-1")
        return location + (f"?{query}" if query else "")


def _mounted(table: RouteTable, path: str, scope: Scope) -> ASGIApp | None:
    mount = table.mount(path)
    if mount is None:
        return None
    child_scope = mount.child_scope(scope)
    return lambda _, receive, send: mount.app(child_scope, receive, send)


def _builtin(table: RouteTable, path: str, scope: Scope) -> ASGIApp | None:
    """Return the framework's own page, or mount, for a path."""
    found = table.find(path, scope["method"])
    if found is None:
        return _mounted(table, path, scope)
    route, params = found

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        result = await route.call(current_request.get(), params)
        await to_response(result)(scope, receive, send)

    return page
