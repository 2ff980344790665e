"""Knowing whether a response has begun, after which no other can be sent."""

from __future__ import annotations

from collections.abc import Awaitable

from openviper.core.types import Message, Send

__all__ = ["TrackedSend", "without_body"]


class TrackedSend:
    """A ``send`` that remembers whether a response, or an accepted websocket, has begun."""

    __slots__ = ("send", "started")

    def __init__(self, send: Send) -> None:
        self.send = send
        self.started = False

    def __call__(self, message: Message) -> Awaitable[None]:
        self.started = True
        return self.send(message)


def without_body(send: Send) -> Send:
    """Return a ``send`` that leaves bodies out, for HEAD (RFC 9110, 9.3.2)."""

    def send_head(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        elif message["type"] == "http.response.pathsend":
            message = {"type": "http.response.body"}
        return send(message)

    return send_head
