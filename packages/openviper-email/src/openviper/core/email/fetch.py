"""Fetching what a URL leads to, in a way that cannot be turned against the own network.

The name is looked up once. Every address has to be public; the connection goes to one of these addresses, not to the
name again, and its other end is checked once more. The certificate is that of the name. Redirects, proxies and
encodings are not taken; size and time are limited while the answer comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from io import BytesIO

import httpcore2

from openviper.core.email._attaching.deadlines import Deadline
from openviper.core.email._attaching.disposition import disposition_filename
from openviper.core.email._attaching.filenames import fit_filename
from openviper.core.email._attaching.networks import Judge, are_allowed, check_address, is_public
from openviper.core.email._attaching.pinned import Pinned
from openviper.core.email._attaching.places import AT_ONCE, OF_ONE_HOST, place_for
from openviper.core.email._attaching.redirects import NoRedirectHandler
from openviper.core.email._attaching.urls import URLTarget, parse_url, shown
from openviper.core.email._lookups import strangers_addresses
from openviper.core.email.errors import AttachmentError

__all__ = ["FetchLimits", "Fetched", "fetch"]

_MOST_ADDRESSES = 4
# After so many pieces of an answer others have their turn: 64 KiB that come in pieces of one byte take 90 ms.
_PIECES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """What may be fetched, and how much of it."""

    schemes: Collection[str]
    ports: Collection[int]
    #: The most bytes of the content.
    size: int
    #: For everything: waiting for a free place, looking up, connecting, reading.
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server answered."""

    #: As the server calls it, else the last part of the path; without folders. ``None``: neither says anything.
    filename: str | None
    content: bytes


async def fetch(url: str, limits: FetchLimits, *, judge: Judge = is_public) -> Fetched:
    """Return what a URL leads to. Not more than three at a time are fetched, two of them from one host; others wait.

    Args:
        url: Is parsed strictly.
        limits: What it may be, and how much of it.
        judge: Tells whether an address may be connected to. Only who tests with servers of his own has another one.

    Raises:
        AttachmentError: The URL is refused, its host is not public, or the answer is late, too large, a redirect, an
            error, or encoded.
    """
    deadline = limits.deadline
    if not url.isascii() and "idna" not in sys.modules:
        # Its tables take 20 ms to load.
        await deadline.in_thread(f"URL {shown(url)!r:.300}: idna was not loaded", lambda: import_module("idna"))
    target = parse_url(url, limits.schemes, limits.ports)
    others = f"{AT_ONCE} others at a time are fetched, {OF_ONE_HOST} of them from one host"
    late = f"it could not be begun within {deadline.seconds:g} s: {others}"
    try:
        async with asyncio.timeout_at(deadline.begun + deadline.seconds), place_for(target.host):
            late = f"no complete answer came within {deadline.seconds:g} s"
            addresses = await _addresses(target, judge)
            return await _get(target, Pinned(addresses, judge), limits.size)
    except TimeoutError:
        raise _failed(target, late) from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError) as error:
        raise _failed(target, f"the connection failed: {_reason(error)}") from error


async def _addresses(target: URLTarget, judge: Judge) -> list[str]:
    """Return the addresses of the host, each once, all of them public."""
    if target.is_literal:
        check_address(target.host, judge)
        return [target.host]
    try:
        found = await strangers_addresses(target.host, target.port)
    except OSError as error:
        raise _failed(target, f"its host cannot be looked up: {error.strerror or error}") from error
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    if not are_allowed(addresses, judge):
        # Not which they are: that would tell whoever gave the URL what is in the network.
        raise _failed(target, "its host has an address that is not public; attachments come from public ones only")
    return addresses[:_MOST_ADDRESSES]


async def _get(target: URLTarget, pinned: Pinned, limit: int) -> Fetched:
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
    async with (
        contextlib.aclosing(pinned),
        httpcore2.AsyncHTTPConnection(url.origin, ssl_context=context, network_backend=pinned) as connection,
        connection.stream("GET", url, headers=headers) as response,
    ):
        pinned.is_answered = True
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
