"""Responses to HEAD."""

from __future__ import annotations

from collections.abc import Awaitable

from openviper.core.types import Message, Send

__all__ = ["without_body"]


def without_body(send: Send) -> Send:
    """Return a ``send`` that leaves bodies out, for HEAD (RFC 9110, 9.3.2)."""

    def send_head(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        elif message["type"] == "http.response.pathsend":
            message = {"type": "http.response.body"}
        return send(message)

    return send_head
