"""Websocket connections: their handlers, and their ends."""

from __future__ import annotations

from starlette.exceptions import HTTPException, WebSocketException
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from openviper.core.error_pages import log_server_error, send_page, server_error_page, status_page
from openviper.core.types import Receive, Scope, Send
from openviper.routing import WEBSOCKET, Router, path_of

from ._errors import ErrorHandling, refusal_page

__all__ = ["WebSocketDispatcher"]

# RFC 6455, 7.4.1.
NORMAL_CLOSURE, POLICY_VIOLATION, INTERNAL_ERROR = 1000, 1008, 1011

MAX_REASON = 123


class WebSocketDispatcher:
    """Find a websocket route and run its handler; refuse the handshake where there is none."""

    def __init__(self, router: Router, errors: ErrorHandling) -> None:
        self._router = router
        self._errors = errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = path_of(scope)
        table = self._router.table
        found = table.find(path, WEBSOCKET)
        if found is None:
            mount = table.mount(path)
            if mount is not None:
                await mount.app(mount.child_scope(scope), receive, send)
            else:
                await send_page(status_page(scope, 404), scope, send)
            return
        route, params = found
        scope["path_params"] = params
        websocket = WebSocket(scope, receive, send)
        try:
            await route.call(websocket, params)
            await _close(websocket, NORMAL_CLOSURE)
        except WebSocketDisconnect:
            # The client left; there is nobody to tell.
            return
        except WebSocketException as refusal:
            await _close(websocket, refusal.code, refusal.reason)
        except HTTPException as refusal:
            await self._refuse(websocket, refusal, send)
        except Exception as error:
            log_server_error(scope, error)
            await self._fail(websocket, error, send)

    async def _refuse(self, websocket: WebSocket, refusal: HTTPException, send: Send) -> None:
        if websocket.application_state is WebSocketState.CONNECTING:
            await send_page(refusal_page(websocket.scope, refusal), websocket.scope, send)
        else:
            await _close(websocket, POLICY_VIOLATION, refusal.detail)

    async def _fail(self, websocket: WebSocket, error: Exception, send: Send) -> None:
        if websocket.application_state is WebSocketState.CONNECTING:
            await send_page(server_error_page(websocket.scope, error, debug=self._errors.debug), websocket.scope, send)
        else:
            await _close(websocket, INTERNAL_ERROR)


async def _close(websocket: WebSocket, code: int, reason: object = "") -> None:
    left = WebSocketState.DISCONNECTED in (websocket.application_state, websocket.client_state)
    if not left and websocket.application_state is not WebSocketState.RESPONSE:
        # A close frame has room for so many bytes (RFC 6455, 5.5); a server given more cuts the connection.
        text = str(reason).encode(errors="replace")[:MAX_REASON].decode(errors="ignore")
        await websocket.close(code if _may_be_sent(code) else INTERNAL_ERROR, text)


def _may_be_sent(code: int) -> bool:
    return (1000 <= code < 1015 and code not in (1004, 1005, 1006)) or 3000 <= code < 5000
