"""Starlette's request, with a limit to its body and errors that are the client's."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request as StarletteRequest
from starlette.requests import empty_receive, empty_send

from openviper.core.types import Message, Receive, Scope, Send

from ._json import loads

__all__ = ["Request"]

# A boundary has 70 characters at most (RFC 2046, 5.1.1); reading a type takes time by the square of its length.
LONGEST_TYPE = 1_000

# What Starlette's two constructors set beside scope, receive and send.
_STATE = {"_stream_consumed": False, "_is_disconnected": False, "_form": None}
_CONNECTION = {"scope": {"type": "http"}, "_receive": empty_receive, "_send": empty_send}
# Another release may set more, or something else.
_STATE_IS_KNOWN = vars(StarletteRequest({"type": "http"})) == {**_CONNECTION, **_STATE}


class Request(StarletteRequest):
    """An HTTP request.

    ``body()``, ``json()``, ``form()`` and ``stream()`` raise ``HTTPException``: 413 once the body is larger than
    :attr:`max_body_bytes` (counted as it arrives; nothing past it is read), 400 where it is not what it says to be.
    """

    #: In bytes; ``None``: no limit.
    max_body_bytes: int | None = None

    _closing: ClosingDelimiter | None = None
    _repeated = False

    def __init__(self, scope: Scope, receive: Receive = empty_receive, send: Send = empty_send) -> None:
        if not _STATE_IS_KNOWN:
            super().__init__(scope, receive, send)
            return
        # Each request makes one of these: the same without two calls more.
        self.scope = scope
        self._receive = receive
        self._send = send
        self._stream_consumed = False
        self._is_disconnected = False
        self._form = None

    async def receive_again(self) -> Message:
        """Receive for what comes after whoever read the body through this request: they read it once more."""
        if hasattr(self, "_body") and not self._repeated:
            self._repeated = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        return await self._receive()

    def serves(self, scope: Scope, receive: Receive) -> bool:
        """Tell whether a handler that is given these can be given this request: nothing was put in between."""
        return scope is self.scope and (receive is self._receive or receive == self.receive_again)

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield the body in pieces as they arrive, and an empty one at the end."""
        limit = self.max_body_bytes
        if limit is not None and _announced(self.headers.get("content-length", "")) > limit:
            raise _too_large(limit)
        received = 0
        async with aclosing(super().stream()) as stream:
            async for chunk in stream:
                received += len(chunk)
                if limit is not None and received > limit:
                    raise _too_large(limit)
                if self._closing is not None:
                    self._closing.feed(chunk)
                yield chunk

    async def json(self) -> Any:
        """Return the body read as JSON (RFC 8259): no NaN, no infinity, no half of a surrogate pair."""
        if not hasattr(self, "_json"):
            body = await self.body()
            try:
                self._json = loads(body)
            except (ValueError, RecursionError) as error:
                raise HTTPException(400, f"The body is not valid JSON: {error}") from error
        return self._json

    async def _get_form(self, **limits: Any) -> FormData:
        content_type = self.headers.get("content-type", "")
        if len(content_type) > LONGEST_TYPE:
            raise HTTPException(400, f"The form could not be read: Content-Type is longer than {LONGEST_TYPE} bytes")
        self._closing = ClosingDelimiter.announced_by(content_type)
        try:
            form = await super()._get_form(**limits)
        except (FormParserError, LookupError, ValueError) as error:
            raise HTTPException(400, f"The form could not be read: {error}") from error
        if self._closing is not None and not self._closing.seen:
            # The parser takes what arrived for all there was.
            await form.close()
            raise HTTPException(400, "The form could not be read: its end is missing")
        return form


class ClosingDelimiter:
    """Notices the end that a multipart body must have (RFC 2046, 5.1.1)."""

    def __init__(self, boundary: bytes) -> None:
        self._text = b"--" + boundary + b"--"
        self._tail = b""
        self.seen = False

    @classmethod
    def announced_by(cls, content_type: str) -> ClosingDelimiter | None:
        """Return one for the boundary of a multipart type; ``None`` where there is none."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        return cls(boundary) if kind == b"multipart/form-data" and boundary else None

    def feed(self, chunk: bytes) -> None:
        if not self.seen:
            window = self._tail + chunk
            self.seen = self._text in window
            self._tail = window[-len(self._text) :]


def _announced(content_length: str) -> int:
    # No number of bytes has more digits, and int() refuses thousands of them.
    is_number = content_length.isascii() and content_length.isdigit() and len(content_length) < 20
    return int(content_length) if is_number else 0


def _too_large(limit: int) -> HTTPException:
    # Closing tells the client to stop sending what nobody reads (RFC 9110, 15.5.14).
    return HTTPException(413, f"The body is larger than {limit} bytes", {"Connection": "close"})
