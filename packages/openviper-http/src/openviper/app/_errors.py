"""From an exception to the response that the client gets."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from http.client import responses
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from openviper.core.error_pages import ErrorPage, log_server_error, send_page, server_error_page, status_page
from openviper.core.errors import ImproperlyConfigured
from openviper.core.response_send import response_send
from openviper.core.types import Receive, Scope, Send
from openviper.http import Request, to_response
from openviper.routing import call_function

__all__ = ["ErrorHandling", "ExceptionHandler", "check_handler", "is_exception_class", "refusal_page"]

#: Called with the request and the exception; returns what a route's handler may return. What is no Response has the
#: status of an HTTPException, else 500.
ExceptionHandler = Callable[[Request, Any], Any]


class ErrorHandling:
    """The handlers for exceptions that the user registered, and what happens without one.

    Args:
        debug: Show the traceback of a failure that no handler is registered for by its own class.
    """

    def __init__(self, handlers: dict[int | type[Exception], ExceptionHandler], *, debug: bool) -> None:
        self._handlers = handlers
        self.debug = debug

    async def respond(self, request: Request, error: Exception, receive: Receive, send: Send) -> None:
        """Send the response for an exception that was raised before any response began."""
        tracked = response_send(send)
        try:
            await self._respond(request, error, receive, tracked)
        except Exception as second:
            # The handler of the exception failed, or the page cannot be made: a header of the HTTPException is no text.
            log_server_error(request.scope, second)
            if tracked.started:
                raise
            await send_page(server_error_page(request.scope, second, debug=self.debug), request.scope, send)

    async def _respond(self, request: Request, error: Exception, receive: Receive, send: Send) -> None:
        handler = self._find(error)
        if not isinstance(error, HTTPException | ClientDisconnect) and self._is_unexpected(handler):
            log_server_error(request.scope, error)
        if handler is None:
            await self._send_page(request.scope, error, send)
        else:
            response = _as_answer(await call_function(handler, request, error), error)
            await response(request.scope, receive, send)

    async def respond_status(
        self, request: Request, status: int, headers: dict[str, str] | None, receive: Receive, send: Send
    ) -> None:
        """Send a 404 or 405 that the dispatcher itself found."""
        if self._handlers or headers:
            await self.respond(request, HTTPException(status, headers=headers), receive, send)
        else:
            # Unknown paths are what scanners ask for all day: no exception for them.
            await send_page(status_page(request.scope, status), request.scope, send)

    async def _send_page(self, scope: Scope, error: Exception, send: Send) -> None:
        if isinstance(error, ClientDisconnect):
            return
        if isinstance(error, HTTPException):
            await send_page(refusal_page(scope, error), scope, send)
        else:
            await send_page(server_error_page(scope, error, debug=self.debug), scope, send)

    def _find(self, error: Exception) -> ExceptionHandler | None:
        expected = isinstance(error, HTTPException | ClientDisconnect)
        if isinstance(error, HTTPException) and error.status_code in self._handlers:
            return self._handlers[error.status_code]
        for kind in type(error).__mro__:
            if kind is not Exception and kind in self._handlers:
                return self._handlers[kind]
        # In debug mode the traceback is worth more than a page made for visitors.
        if expected or self.debug:
            return None
        return self._handlers.get(Exception) or self._handlers.get(500)

    def _is_unexpected(self, handler: ExceptionHandler | None) -> bool:
        # A handler for one class of its own says that the exception is part of the application's language.
        return handler in (None, self._handlers.get(500), self._handlers.get(Exception))


def refusal_page(scope: Scope, error: HTTPException) -> ErrorPage:
    """Make the page of an HTTPException.

    Raises:
        ValueError: A header cannot be sent (RFC 9110, 5.5), or the detail cannot be written as JSON.
    """
    headers = [_header(name, value) for name, value in (error.headers or {}).items()]
    detail = None if error.detail == responses.get(error.status_code) else error.detail
    return status_page(scope, error.status_code, detail, headers)


def _header(name: str, value: object) -> tuple[bytes, bytes]:
    # Retry-After: 30 is meant as text.
    text = str(value)
    if any(character in text for character in "\r\n\0"):
        raise ValueError(f"header {name}={text!r} of an HTTPException holds a line break or NUL")
    return name.lower().encode("latin-1"), text.encode("latin-1")


def _as_answer(value: object, error: Exception) -> Response:
    """Make a response of what an exception handler returned; only a Response has a status of its own."""
    response = to_response(value)
    if response is not value:
        response.status_code = error.status_code if isinstance(error, HTTPException) else 500
    return response


def is_exception_class(kind: object) -> bool:
    """Tell whether ``kind`` can be caught as a failure; ``BaseException`` and its like pass through."""
    return isinstance(kind, type) and issubclass(kind, Exception)


def check_handler(handler: ExceptionHandler) -> None:
    """Refuse what could only fail when an error is to be answered.

    Raises:
        ImproperlyConfigured: It cannot be called with a request and an exception.
    """
    try:
        inspect.signature(handler).bind(None, None)
    except TypeError as error:
        name = getattr(handler, "__qualname__", repr(handler))
        raise ImproperlyConfigured(f"exception handler {name}: {error}; expected (request, exc)") from None
