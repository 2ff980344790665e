"""Connections to addresses that were checked, whatever the name is, and what comes over them before an answer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Any, cast

import httpcore2

from openviper.core.email._attaching.networks import Judge, check_address
from openviper.core.email.errors import AttachmentError

__all__ = ["MAX_HEAD", "Pinned"]

#: Bytes before the content: of the answer's head, and of all hints that come before it (RFC 9110, section 15.2).
MAX_HEAD = 131_072
# For one of several addresses, in seconds.
_CONNECT_TIMEOUT = 5.0
# A piece of the head. 64 KiB of "HTTP/1.1 100" are 3,000 answers, and take 0.3 s in one go.
_HEAD_PIECE = 2_048


class Pinned(httpcore2.AsyncNetworkBackend):
    """Connects to the first of the given addresses that takes the connection.

    Args:
        addresses: In the order in which they are tried.
        judge: Tells again, of the other end, whether it may be connected to.
    """

    def __init__(self, addresses: Sequence[str], judge: Judge) -> None:
        self._addresses = addresses
        self._judge = judge
        self._streams: list[httpcore2.AsyncNetworkStream] = []
        # Where anyio is missing, it is another class; the extra "asyncio" brings it.
        self._backend = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())
        #: The head of the answer is there; what comes now is content.
        self.is_answered = False

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        *others, last = self._addresses
        for address in others:
            try:
                return await self._connect(address, port)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._connect(last, port)

    async def _connect(self, address: str, port: int) -> httpcore2.AsyncNetworkStream:
        stream = await self._backend.connect_tcp(address, port, timeout=_CONNECT_TIMEOUT)
        self._streams.append(stream)
        _check_peer(stream, address, self._judge)
        return _Stream(stream, self)

    async def aclose(self) -> None:
        """Close what was connected; httpcore2 does not, when it is cancelled during the handshake of TLS."""
        for stream in self._streams:
            await stream.aclose()


class _Stream(httpcore2.AsyncNetworkStream):
    """Reads the head of an answer in small pieces, between which others have their turn, and no more than it may be."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream, pinned: Pinned) -> None:
        self._stream = stream
        self._pinned = pinned
        self._head = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        if self._pinned.is_answered:
            return await self._stream.read(max_bytes, timeout)
        # Of TLS, what is decrypted already comes without a wait.
        await asyncio.sleep(0)
        piece = await self._stream.read(min(max_bytes, _HEAD_PIECE), timeout)
        self._head += len(piece)
        if self._head > MAX_HEAD:
            raise httpcore2.RemoteProtocolError(f"{MAX_HEAD} bytes came, and no answer")
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout), self._pinned)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _check_peer(stream: httpcore2.AsyncNetworkStream, address: str, judge: Judge) -> None:
    """Refuse a connection whose other end is not the address that was checked."""
    peer = stream.get_extra_info("server_addr")
    other_end = str(peer[0]) if peer else ""
    check_address(other_end, judge)
    if ip_address(other_end) != ip_address(address):
        raise AttachmentError(f"the connection to {address} has {other_end} at its other end; it is not used")
