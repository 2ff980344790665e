"""The application: routes, middleware and lifespan in one ASGI callable."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.datastructures import State
from starlette.websockets import WebSocket

from openviper.conf import section, settings
from openviper.core.error_pages import log_server_error, send_page, server_error_page
from openviper.core.errors import LifespanError
from openviper.core.lifespan import fail_startup, lifespan
from openviper.core.middleware import MiddlewareEntry, build_middleware_stack
from openviper.core.plain_middleware import plain_calls
from openviper.core.request_headers import request_headers
from openviper.core.response_send import response_send
from openviper.core.types import ASGIApp, Receive, Scope, Send
from openviper.http import HttpSettings, Request
from openviper.routing import Router

from ._builtin import builtin_router, installed_pages
from ._context import enter_mounted, enter_request, leave_request
from ._dispatch import RUNNERS, Dispatcher
from ._errors import ErrorHandling, ExceptionHandler, check_handler, is_exception_class
from ._health import Health
from ._mounted import MountedLifespans
from ._welcome import welcome

__all__ = ["OpenViper"]

logger = logging.getLogger("openviper.app")

# In the scope of a request that an application of ours serves: whether it came through the middleware of the settings.
_SERVED = "openviper.served"

Hook = TypeVar("Hook", bound=Callable[[], Any])
AnyExceptionHandler = TypeVar("AnyExceptionHandler", bound=ExceptionHandler)


class OpenViper(Router):
    """A web application, ready for any ASGI server.

    Args:
        title: Shown on the debug start page.
        debug: Traceback pages, static files, the start page; ``None``: the setting ``DEBUG``.
        middleware: Classes, ``(class, kwargs)`` pairs or dotted paths, the first outermost; ``None``: the setting
            ``MIDDLEWARE``, once: a request that comes from an application around this one has been through it.

    Settings are read when the application starts, not when it is made. Every start builds the middleware stack anew,
    before any ``ready()`` hook runs.
    """

    def __init__(
        self,
        title: str = "OpenViper",
        debug: bool | None = None,
        middleware: Sequence[MiddlewareEntry] | None = None,
    ) -> None:
        super().__init__()
        self.title = title
        #: For whatever the project keeps for its lifetime, ``request.app.state.pool``.
        self.state = State()
        self._debug = debug
        self._middleware = middleware
        self._on_startup: list[Callable[[], Any]] = []
        self._on_shutdown: list[Callable[[], Any]] = []
        self._exception_handlers: dict[int | type[Exception], ExceptionHandler] = {}
        self.lifespan = lifespan(on_startup=self._on_startup, on_shutdown=self._on_shutdown)
        self._mounted = MountedLifespans(self)
        self._health = Health(self.lifespan)
        self._dispatcher: Dispatcher
        self._errors: ErrorHandling
        self._max_body_bytes: int
        self._stack: ASGIApp | None = None
        self._guarded = False

    @property
    def debug(self) -> bool:
        """Whether visitors may see how the application is made."""
        return settings.DEBUG if self._debug is None else self._debug

    def on_startup(self, hook: Hook) -> Hook:
        """Register a function, sync or async, that runs after every ``ready()`` and before the first request."""
        self._on_startup.append(hook)
        return hook

    def on_shutdown(self, hook: Hook) -> Hook:
        """Register a function, sync or async, that runs after the last request, the last registered first."""
        self._on_shutdown.append(hook)
        return hook

    def exception_handler(self, kind: int | type[Exception]) -> Callable[[AnyExceptionHandler], AnyExceptionHandler]:
        """Register ``handler(request, exc)`` for an exception class and its subclasses, or for a status code.

        What it returns is turned into a response like a route's; its status is the HTTPException's, or 500, unless it
        is a ``Response`` with one of its own. A handler for ``Exception`` or 500 also sees what
        nobody expected, which is logged before; in debug mode the traceback page is shown instead of it.
        """

        def register(handler: AnyExceptionHandler) -> AnyExceptionHandler:
            self.add_exception_handler(kind, handler)
            return handler

        return register

    def add_exception_handler(self, kind: int | type[Exception], handler: ExceptionHandler) -> None:
        """Register ``handler``; see :meth:`exception_handler`.

        Raises:
            ValueError: ``kind`` is neither a status code from 400 to 599 nor a class of exceptions, or ``handler``
                cannot be called with a request and an exception.
        """
        if not (400 <= kind <= 599 if isinstance(kind, int) else is_exception_class(kind)):
            raise ValueError(f"exception_handler({kind!r}): expected a status code, 400 to 599, or an Exception class")
        check_handler(handler)
        self._exception_handlers[kind] = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        around: bool | None = scope.get(_SERVED)
        scope[_SERVED] = around or self._middleware is None
        scope["app"] = scope["router"] = self
        if scope["type"] != "http":
            await self._serve_other(scope, receive, send, around)
            return
        if self._stack is None:
            self._start_without_lifespan()
        request = Request(scope, receive, send)
        request.max_body_bytes = self._max_body_bytes
        entered = enter_request(request, self) if around is None else enter_mounted(request, self)
        try:
            if not self._guarded or (around and self._middleware is None):
                await self._dispatcher.respond(request, scope, receive, send)
                return
            shared = response_send(send)
            shared.request, shared.receive = request, request.receive_again
            try:
                await self._http(scope, shared.receive, shared, request_headers(scope))
            except Exception as error:
                # A middleware failed; a handler's failure is answered inside the stack.
                if shared.started:
                    log_server_error(scope, error)
                    raise
                await self._errors.respond(request, error, request.receive_again, shared)
            finally:
                if around is not None:
                    # It is that of the application around this one, and the request's own: they would hold each other.
                    shared.request = shared.receive = None
        finally:
            leave_request(entered)

    async def _serve_other(self, scope: Scope, receive: Receive, send: Send, around: bool | None) -> None:
        if scope["type"] == "lifespan":
            await self._serve_lifespan(scope, receive, send)
            return
        stack = self._stack or self._start_without_lifespan()
        if scope["type"] != "websocket":
            await stack(scope, receive, send)
            return
        websocket = WebSocket(scope, receive, send)
        entered = enter_request(websocket, self) if around is None else enter_mounted(websocket, self)
        shared = response_send(send)
        try:
            if around and self._middleware is None:
                await self._dispatcher(scope, receive, send)
                return
            await self._websocket(scope, receive, shared, request_headers(scope))
        except Exception as error:
            log_server_error(scope, error)
            if shared.started or not self._guarded:
                raise
            await send_page(server_error_page(scope, error, debug=self.debug), scope, shared)
        finally:
            leave_request(entered)

    async def _serve_lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            stack = self._build_stack()
        except Exception as error:
            await fail_startup(error, receive, send, runners=RUNNERS)
        if self.table.mounts and self._mounted.start not in self._on_startup:
            self._on_startup.insert(0, self._mounted.start)
            self._on_shutdown.insert(0, self._mounted.stop)
        try:
            with self._health.watching(enabled=section(HttpSettings).HEALTH_PAGES):
                await stack(scope, receive, send)
        except Exception as error:
            # A server takes an exception alone for an application without lifespan, and goes on.
            if not self._dispatcher.saw_lifespan:
                failure = LifespanError(
                    "a middleware failed on the lifespan scope; it sees every scope, not http alone"
                )
                failure.__cause__ = error
                await fail_startup(failure, receive, send, runners=RUNNERS)
            raise
        if not self._dispatcher.saw_lifespan:
            swallowed = LifespanError("a middleware did not pass the lifespan scope on, so no ready() hook has run")
            await fail_startup(swallowed, receive, send, runners=RUNNERS)

    def _start_without_lifespan(self) -> ASGIApp:
        stack = self._build_stack()
        if settings.INSTALLED_APPS and self.lifespan.state == "stopped":
            logger.warning(
                "a request came before any lifespan event: the ready() hooks of %d installed apps have not run; "
                "let the server speak the lifespan protocol (uvicorn: --lifespan on)",
                len(settings.INSTALLED_APPS),
            )
        return stack

    def _build_stack(self) -> ASGIApp:
        debug = self.debug
        # Made first: routes in each other's way must stop the start, not the first request.
        table = self.table
        pages = installed_pages(debug=debug)
        builtin = builtin_router(self._health, pages, debug=debug)
        if debug and not table.routes and not table.mounts:
            builtin.add_route("/", welcome(self, pages))
        self._errors = ErrorHandling(self._exception_handlers, debug=debug)
        self._max_body_bytes = section(HttpSettings).MAX_BODY_BYTES
        self._dispatcher = Dispatcher(self, builtin, self._errors, self.lifespan, self._max_body_bytes)
        entries: Sequence[MiddlewareEntry] = settings.MIDDLEWARE if self._middleware is None else self._middleware
        source = "settings.MIDDLEWARE" if self._middleware is None else "OpenViper(middleware=…)"
        self._guarded = bool(entries)
        self._stack = build_middleware_stack(self._dispatcher, entries, source=source)
        self._http, self._websocket = plain_calls(self._stack)
        return self._stack
