"""An answer for what nobody handled, around applications that have none of their own.

OpenViper's application shows the same pages by itself. Around another one the middleware stands inside of CORS and
security, whose headers reach its answers then::

    app = build_middleware_stack(app, [SecurityMiddleware, CORSMiddleware, ServerErrorMiddleware])
"""

from __future__ import annotations

from contextlib import suppress

from openviper.conf import settings
from openviper.core.error_pages import log_server_error, send_page, server_error_page
from openviper.core.plain_middleware import Headers, PlainMiddleware
from openviper.core.response_send import ResponseSend
from openviper.core.types import ASGIApp, Receive, Scope
from openviper.middleware._options import Option

__all__ = ["ServerErrorMiddleware"]

# How frameworks and servers call a client that left: Starlette's requests and websockets, uvicorn. None can be imported
# here, and ASGI's own word for it, OSError, is a failing database's too.
_LEFT = frozenset({"ClientDisconnect", "ClientDisconnected", "WebSocketDisconnect"})


class ServerErrorMiddleware(PlainMiddleware):
    """Log an exception with its traceback and the request's id, and answer 500; it goes no further.

    Where a response has begun nothing can be answered: an ``http`` request's exception is logged and raised again, so
    that the server cuts the connection, and an accepted websocket is closed with 1011. A websocket that was not
    accepted yet is denied with the page. A client that left is no failure: nothing is logged and nothing sent.

    ``CancelledError``, ``KeyboardInterrupt`` and the like pass through.

    Args:
        app: The next application.
        debug: Show the traceback instead of the page for visitors; ``None``: the setting ``DEBUG``.

    Raises:
        ImproperlyConfigured: ``debug`` is no bool.
    """

    def __init__(self, app: ASGIApp, *, debug: bool | None = None) -> None:
        super().__init__(app)
        self._debug = settings.DEBUG if debug is None else Option(debug, "debug").flag()

    async def http(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> None:
        try:
            await self.next_http(scope, receive, send, headers)
        except Exception as error:
            if _is_departure(error):
                return
            log_server_error(scope, error)
            if send.started:
                raise
            await send_page(server_error_page(scope, error, debug=self._debug), scope, send)

    async def websocket(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> None:
        try:
            await self.next_websocket(scope, receive, send, headers)
        except Exception as error:
            if _is_departure(error):
                return
            log_server_error(scope, error)
            if not send.started:
                await send_page(server_error_page(scope, error, debug=self._debug), scope, send)
                return
            # Either side may have closed it before: then the server refuses, each in a way of its own.
            with suppress(Exception):
                await send({"type": "websocket.close", "code": 1011, "reason": ""})


def _is_departure(error: Exception) -> bool:
    return any(kind.__name__ in _LEFT for kind in type(error).__mro__)
