"""Middleware that costs no coroutine, and shares with its neighbours what the outermost one read and made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from openviper.core.middleware import BaseMiddleware
from openviper.core.request_headers import request_headers
from openviper.core.response_send import ResponseSend, response_send
from openviper.core.types import ASGIApp, Receive, Scope, Send

__all__ = ["Headers", "PlainApp", "PlainCall", "PlainMiddleware", "plain_calls"]

#: A request's headers by name; see :func:`openviper.core.request_headers.request_headers`.
Headers: TypeAlias = Mapping[bytes, bytes]

#: What neighbours of a stack call.
PlainCall: TypeAlias = Callable[[Scope, Receive, ResponseSend, Headers], Awaitable[None]]


class PlainApp:
    """An application whose :meth:`http` and :meth:`websocket` are plain functions, so that a layer costs no coroutine.

    Neighbours of this kind hand each other what the outermost one read and made: the request's headers by name, and
    the ``send`` to which all add their headers. ``__call__`` stays a coroutine function, which is how servers tell an
    ASGI 3 application from an ASGI 2 one (uvicorn, asgiref); a subclass that overrides it is called by it.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            await self.http(scope, receive, response_send(send), request_headers(scope))
        elif kind == "websocket":
            await self.websocket(scope, receive, response_send(send), request_headers(scope))
        else:
            await self.other(scope, receive, send)

    def http(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        """Return what serves the request when it is awaited, once; it may raise before that.

        Args:
            scope: What the server tells of the request.
            receive: Gives the request's body.
            send: Takes headers that are to be added to the response.
            headers: What :func:`openviper.core.request_headers.request_headers` returns for the scope.
        """
        raise NotImplementedError

    def websocket(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        """Return what serves the websocket when it is awaited; see :meth:`http`."""
        raise NotImplementedError

    def other(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Return what serves the lifespan, or a scope of a later type."""
        raise NotImplementedError


class PlainMiddleware(PlainApp, BaseMiddleware):
    """A :class:`PlainApp` that passes everything on to the next one; subclasses override what they are about.

    Args:
        app: The next application of the stack.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        #: Pass the connection on: call them with what :meth:`http` and :meth:`websocket` were called with.
        self.next_http, self.next_websocket = plain_calls(app)

    def http(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        return self.next_http(scope, receive, send, headers)

    def websocket(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        return self.next_websocket(scope, receive, send, headers)

    def other(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self.app(scope, receive, send)


def plain_calls(app: ASGIApp) -> tuple[PlainCall, PlainCall]:
    """Return what serves an ``http`` and a ``websocket`` scope of ``app``, without a coroutine where it needs none."""
    if isinstance(app, PlainApp) and type(app).__call__ is PlainApp.__call__:
        return app.http, app.websocket

    def call(scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        return app(scope, receive, send)

    return call, call
