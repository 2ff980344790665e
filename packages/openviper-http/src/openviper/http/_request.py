"""Starlette's request, with a limit to its body and errors that are the client's."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request as StarletteRequest

from openviper.core.types import Receive, Scope, Send

__all__ = ["Request"]

# What Starlette's request remembers of its scope.
CACHED = ("_url", "_base_url", "_headers", "_query_params", "_cookies", "_state")


class Request(StarletteRequest):
    """An HTTP request.

    ``body()``, ``json()``, ``form()`` and ``stream()`` raise ``HTTPException``: 413 once the body is larger than
    :attr:`max_body_bytes` (counted as it arrives; nothing past it is read), 400 where it is not what it says to be.
    """

    #: In bytes; ``None``: no limit.
    max_body_bytes: int | None = None

    def attach(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Continue with what the middleware stack made of the connection."""
        self._receive = receive
        self._send = send
        if scope is not self.scope:
            self.scope = scope
            for name in CACHED:
                self.__dict__.pop(name, None)

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield the body in pieces as they arrive, and an empty one at the end."""
        limit = self.max_body_bytes
        if limit is None or hasattr(self, "_body"):
            async for chunk in super().stream():
                yield chunk
            return
        announced = self.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced) > limit:
            raise _too_large(limit)
        received = 0
        async with aclosing(super().stream()) as stream:
            async for chunk in stream:
                received += len(chunk)
                if received > limit:
                    raise _too_large(limit)
                yield chunk

    async def json(self) -> Any:
        """Return the body read as JSON (RFC 8259)."""
        try:
            return await super().json()
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, f"The body is not valid JSON: {error}") from error

    async def _get_form(self, **limits: Any) -> FormData:
        try:
            return await super()._get_form(**limits)
        except (FormParserError, LookupError, ValueError) as error:
            raise HTTPException(400, f"The form could not be read: {error}") from error


def _too_large(limit: int) -> HTTPException:
    # Closing tells the client to stop sending what nobody reads (RFC 9110, 15.5.14).
    return HTTPException(413, f"The body is larger than {limit} bytes", {"Connection": "close"})
