"""The websocket side of the test client: one connection, without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from openviper.core.types import ASGIApp, Message, Scope

from .errors import WebSocketRefused

if TYPE_CHECKING:
    import httpx2

__all__ = ["WebSocketSession", "websocket_session"]

#: How long the application may take for one message, in seconds.
PATIENCE = 10.0


class WebSocketSession:
    """The client's end of an open websocket.

    Attributes:
        to_app: ASGI messages that the application will receive.
        from_app: ASGI messages that the application sent.
    """

    def __init__(self) -> None:
        self.to_app: asyncio.Queue[Message] = asyncio.Queue()
        self.from_app: asyncio.Queue[Message] = asyncio.Queue()
        #: Chosen by the application.
        self.subprotocol: str | None = None

    async def send_text(self, text: str) -> None:
        """Send a text message."""
        await self.to_app.put({"type": "websocket.receive", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        await self.to_app.put({"type": "websocket.receive", "bytes": data})

    async def send_json(self, value: Any) -> None:
        """Send a value as JSON text."""
        await self.send_text(json.dumps(value))

    async def receive_text(self) -> str:
        """Return the next message's text; raises :class:`WebSocketRefused` once the application closed."""
        return str((await self._receive())["text"])

    async def receive_bytes(self) -> bytes:
        """Return the next message's bytes; raises :class:`WebSocketRefused` once the application closed."""
        return bytes((await self._receive())["bytes"])

    async def receive_json(self) -> Any:
        """Return the next message's text read as JSON."""
        return json.loads(await self.receive_text())

    async def close(self, code: int = 1000) -> None:
        """Leave."""
        await self.to_app.put({"type": "websocket.disconnect", "code": code, "reason": ""})

    async def _receive(self) -> Message:
        message = await self.next_message()
        if message["type"] != "websocket.send":
            raise WebSocketRefused(message)
        return message

    async def next_message(self) -> Message:
        """Return what the application sent next, whatever it is."""
        return await asyncio.wait_for(self.from_app.get(), PATIENCE)


@asynccontextmanager
async def websocket_session(
    app: ASGIApp, request: httpx2.Request, subprotocols: tuple[str, ...]
) -> AsyncGenerator[WebSocketSession]:
    """Run ``app`` for one connection, the handshake first."""
    session = WebSocketSession()
    await session.to_app.put({"type": "websocket.connect"})
    running = asyncio.create_task(_run(app, _scope(request, subprotocols), session))
    try:
        message = await session.next_message()
        if message["type"] == "application.failed":
            await running
        if message["type"] != "websocket.accept":
            raise WebSocketRefused(message)
        session.subprotocol = message.get("subprotocol")
        yield session
        await session.close()
        await asyncio.wait_for(running, PATIENCE)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def _run(app: ASGIApp, scope: Scope, session: WebSocketSession) -> None:
    try:
        await app(scope, session.to_app.get, session.from_app.put)
    except BaseException:
        await session.from_app.put({"type": "application.failed"})
        raise


def _scope(request: httpx2.Request, subprotocols: tuple[str, ...]) -> Scope:
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if request.url.scheme == "https" else "ws",
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 12345),
        "server": (request.url.host, request.url.port or 80),
        "subprotocols": list(subprotocols),
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }
