"""Fetching what a URL leads to, in a way that cannot be turned against the own network.

The name is looked up once. Every address has to be public; the connection goes to one of these addresses, not to the
name again, and its other end is checked once more. The certificate is that of the name. Redirects, proxies and
encodings are not taken; size and time are limited while the answer comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from ipaddress import ip_address
from typing import Any, cast

import httpcore2

from openviper.core.email._attaching.disposition import disposition_filename
from openviper.core.email._attaching.filenames import fit_filename
from openviper.core.email._attaching.networks import is_private_hostname, validate_public_ip_address
from openviper.core.email._attaching.redirects import NoRedirectHandler
from openviper.core.email._attaching.urls import URLTarget, parse_url
from openviper.core.email.errors import AttachmentError

__all__ = ["FetchLimits", "Fetched", "fetch"]

_AT_ONCE = 3
# For one of several addresses, in seconds.
_CONNECT_TIMEOUT = 5.0
_MOST_ADDRESSES = 4
# After so many pieces of an answer others have their turn: 64 KiB that come in pieces of one byte take 90 ms.
_PIECES = 64
_slots: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """What may be fetched, and how much of it."""

    schemes: Collection[str]
    ports: Collection[int]
    #: The most bytes of the content.
    size: int
    #: In seconds, for everything: waiting for a free place, looking up, connecting, reading.
    timeout: float


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server answered."""

    #: As the server calls it, else the last part of the path; without folders. ``None``: neither says anything.
    filename: str | None
    content: bytes


async def fetch(url: str, limits: FetchLimits) -> Fetched:
    """Return what a URL leads to. Not more than three at a time are fetched; others wait.

    Raises:
        AttachmentError: The URL is refused, its host is not public, or the answer is late, too large, a redirect, an
            error, or encoded.
    """
    target = parse_url(url, limits.schemes, limits.ports)
    try:
        async with asyncio.timeout(limits.timeout):
            async with _slot():
                addresses = await _addresses(target)
                return await _get(target, addresses, limits.size)
    except TimeoutError:
        raise _failed(target, f"no complete answer came within {limits.timeout:g} s") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError) as error:
        raise _failed(target, f"the connection failed: {_reason(error)}") from error


def _slot() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    if loop not in _slots:
        for other in [other for other in list(_slots) if other.is_closed()]:
            _slots.pop(other, None)
        _slots[loop] = asyncio.Semaphore(_AT_ONCE)
    return _slots[loop]


async def _addresses(target: URLTarget) -> list[str]:
    """Return the addresses of the host, each once, all of them public."""
    if target.is_literal:
        validate_public_ip_address(target.host)
        return [target.host]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise _failed(target, f"its host cannot be looked up: {error.strerror}") from error
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    if is_private_hostname(target.host, addresses):
        # Not which they are: that would tell whoever gave the URL what is in the network.
        raise _failed(target, "its host has an address that is not public; attachments come from public ones only")
    return addresses[:_MOST_ADDRESSES]


async def _get(target: URLTarget, addresses: Sequence[str], limit: int) -> Fetched:
    url = httpcore2.URL(
        scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.target.encode()
    )
    headers: dict[bytes | str, bytes | str] = {
        "Host": target.authority,
        "User-Agent": "openviper-email",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    context = await asyncio.to_thread(_tls_context) if target.scheme == "https" else None
    pinned = _Pinned(addresses)
    async with (
        contextlib.aclosing(pinned),
        httpcore2.AsyncHTTPConnection(url.origin, ssl_context=context, network_backend=pinned) as connection,
        connection.stream("GET", url, headers=headers) as response,
    ):
        _check(target, response, limit)
        return Fetched(_filename(target, response), await _body(target, response, limit))


async def _body(target: URLTarget, response: httpcore2.Response, limit: int) -> bytes:
    # It gives its bytes away as they are, where a bytearray would copy them in one go.
    content = BytesIO()
    pieces = 0
    async for chunk in response.aiter_stream():
        content.write(chunk)
        if content.tell() > limit:
            raise _too_large(target, "more", limit)
        pieces += 1
        if pieces % _PIECES == 0:
            await asyncio.sleep(0)
    return content.getvalue()


class _Pinned(httpcore2.AsyncNetworkBackend):
    """Connects to the given addresses, whatever the name is."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        # Where anyio is missing, it is another class; the extra "asyncio" brings it.
        self._streams: list[httpcore2.AsyncNetworkStream] = []
        self._backend = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

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
        _check_peer(stream, address)
        return stream

    async def aclose(self) -> None:
        """Close what was connected; httpcore2 does not, when it is cancelled during the handshake of TLS."""
        for stream in self._streams:
            await stream.aclose()


def _check_peer(stream: httpcore2.AsyncNetworkStream, address: str) -> None:
    """Refuse a connection whose other end is not the address that was checked."""
    peer = stream.get_extra_info("server_addr")
    other_end = str(peer[0]) if peer else ""
    validate_public_ip_address(other_end)
    if ip_address(other_end) != ip_address(address):
        raise AttachmentError(f"the connection to {address} has {other_end} at its other end; it is not used")


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    # Reading all certificates takes 40 to 90 ms.
    return httpcore2.default_ssl_context()


def _check(target: URLTarget, response: httpcore2.Response, limit: int) -> None:
    status = response.status
    if 300 <= status < 400:
        location = _header(response, b"location") or b""
        NoRedirectHandler().redirect_request(None, None, status, "", None, location.decode("latin-1"))
    if status != 200:
        raise _failed(target, f"the answer is {status}; expected 200")
    encoding = _header(response, b"content-encoding")
    if encoding and encoding.strip().lower() != b"identity":
        raise _failed(
            target, f"the answer has the encoding {encoding.decode('latin-1')!r:.100}, which was not asked for"
        )
    length = _header(response, b"content-length") or b""
    if length.isdigit() and (len(length) > 18 or int(length) > limit):
        raise _too_large(target, length.decode()[:18], limit)


def _header(response: httpcore2.Response, name: bytes) -> bytes | None:
    """Return the value of a header, those of several with commas between them."""
    values = [value for known, value in response.headers if known.lower() == name]
    return b", ".join(values) if values else None


def _filename(target: URLTarget, response: httpcore2.Response) -> str | None:
    disposition = _header(response, b"content-disposition")
    given = disposition_filename(disposition) if disposition else None
    return (fit_filename(given) if given else None) or fit_filename(target.name)


def _reason(error: BaseException) -> str:
    return f"{error!s:.200}" or type(error).__name__


def _failed(target: URLTarget, why: str) -> AttachmentError:
    return AttachmentError(f"URL {str(target)!r:.300}: {why}")


def _too_large(target: URLTarget, size: str, limit: int) -> AttachmentError:
    return _failed(target, f"the answer has {size} bytes; attachments.MAX_ATTACHMENT_BYTES is {limit}")
