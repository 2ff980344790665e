"""The errors of the test client.

::

    OpenViperError
    └── WebSocketRefused        a handshake that was not accepted, or a connection that the application closed
"""

from __future__ import annotations

from openviper.core.errors import OpenViperError
from openviper.core.types import Message

__all__ = ["WebSocketRefused"]


class WebSocketRefused(OpenViperError):
    """The handshake was not accepted, or the connection was closed.

    Attributes:
        status: The HTTP status of a refused handshake; ``None`` after a close.
        code: The close code (RFC 6455, 7.4); ``None`` for a refused handshake with a response.
        reason: The application's words for the close.
    """

    def __init__(self, message: Message) -> None:
        self.status: int | None = message.get("status")
        self.code: int | None = message.get("code", 1000) if message["type"] == "websocket.close" else None
        self.reason: str = message.get("reason") or ""
        super().__init__(f"status {self.status}" if self.status else f"close code {self.code} {self.reason}".strip())
