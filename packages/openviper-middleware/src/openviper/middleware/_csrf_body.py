"""The beginning of a request's body, read before the application is called, and given to it all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.core.types import Message, Receive
    from openviper.middleware._form_field import FieldScan

__all__ = ["BodyHead", "ClientGone"]


class ClientGone(Exception):
    """The client left before its body was read."""


class BodyHead:
    """Looks for a form's field in the first bytes of a body.

    Args:
        receive: Of the request.
        limit: How many bytes are looked at; no more than these and the rest of a message are kept.
    """

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit
        # Joined, for a message takes more room than the byte that a slow client sends in it; the last one stays whole.
        self._earlier = bytearray()
        self._last: Message | None = None

    @property
    def exceeded(self) -> bool:
        """Whether the body goes on beyond the limit."""
        return self._left < 0

    async def find(self, scan: FieldScan) -> bytes | None:
        """Return the field's value, or ``None`` where it is not complete within the limit.

        Raises:
            ClientGone: The client left.
        """
        while True:
            body = await self._more()
            found = scan.feed(body[: self._left])
            self._left -= len(body)
            if found is not None or self.exceeded:
                return found
            if self._last is None or not self._last.get("more_body", False):
                return scan.end()

    async def receive(self) -> Message:
        """Receive for the application, from the beginning of the body."""
        if self._earlier:
            body, self._earlier = bytes(self._earlier), bytearray()
            return {"type": "http.request", "body": body, "more_body": True}
        if self._last is not None:
            message, self._last = self._last, None
            return message
        return await self._receive()

    async def _more(self) -> bytes:
        if self._last is not None:
            self._earlier += self._last.get("body", b"")
        self._last = await self._receive()
        if self._last["type"] != "http.request":
            raise ClientGone
        body: bytes = self._last.get("body", b"")
        return body
