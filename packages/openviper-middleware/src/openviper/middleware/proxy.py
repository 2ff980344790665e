"""Who the client is, where a reverse proxy stands in between.

What a proxy knows it writes into headers, and so can everybody else. So they are read only where the connection comes
from a trusted proxy, and from the right: each hop's word is taken only if that hop is trusted::

    ProxyHeadersMiddleware(app, trusted_proxies=["10.0.0.0/8"])

A connection from ``10.0.0.1`` with ``X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.0.0.2`` is one of ``203.0.113.9``, which
``10.0.0.2`` has seen; ``6.6.6.6`` is what that client says itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

from openviper._settings.middleware import ProxySettings
from openviper.core.plain_middleware import Headers, PlainMiddleware
from openviper.core.request_headers import forget_request_headers, request_headers
from openviper.core.response_send import ResponseSend
from openviper.core.types import ASGIApp, Receive, Scope
from openviper.middleware._forwarded import elements, pairs
from openviper.middleware._options import Options
from openviper.middleware._origins import default_port
from openviper.middleware._trusted import Client, TrustedProxies

__all__ = ["ProxyHeadersMiddleware", "ProxySettings"]

#: Client, scheme, host and port as the proxies tell them; empty where they do not.
_Told: TypeAlias = tuple[Client | None, bytes, bytes, bytes]

# What a header says is remembered, for so many of less than so many bytes: clients choose them.
_MOST_KNOWN = 4096
_LONG = 200

_SCHEMES = {
    "http": {b"http": "http", b"https": "https", b"ws": "http", b"wss": "https"},
    "websocket": {b"http": "ws", b"https": "wss", b"ws": "ws", b"wss": "wss"},
}
# How a host is spelt is SecurityMiddleware's to judge; this keeps lists and markup out of Host.
_HOST_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]"
_LONGEST_HOST = 262


class ProxyHeadersMiddleware(PlainMiddleware):
    """Put the client's address and scheme into the scope in place of the proxy's, for ``http`` and ``websocket``.

    ``scope["client"]`` becomes the first address from the right that is no trusted proxy's, or the leftmost where all
    are; its port is 0 where the proxy does not tell it. An entry that is no address (``unknown``, ``_hidden``, garbage)
    ends the search at the hop before it. ``scope["scheme"]`` is what stands as far from the right as the client's
    address, else what stands rightmost. Headers of a connection that comes from elsewhere are neither read nor removed:
    applications that read them on their own do so at their own risk.

    Only one family of headers is read: a proxy that sets one passes on what the client sent of the other.

    Args:
        app: The next application.
        trusted_proxies: Networks (``10.0.0.0/8``, ``fd00::/8``) and addresses; ``unix``: whoever connects without an
            address, as over a unix socket. Empty: nothing is read. ``None``: the setting ``TRUSTED_PROXIES``.
        headers: ``x-forwarded``: X-Forwarded-For and -Proto; ``forwarded``: Forwarded (RFC 7239). ``None``: the
            setting ``PROXY_HEADERS``.
        trust_host: Let X-Forwarded-Host and -Port, or ``host=``, take the place of Host. Only where each trusted proxy
            sets or removes them. ``None``: the setting ``PROXY_TRUST_HOST``.

    Raises:
        ImproperlyConfigured: A value is none of these.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        trusted_proxies: Sequence[str] | None = None,
        headers: Literal["x-forwarded", "forwarded"] | None = None,
        trust_host: bool | None = None,
    ) -> None:
        options = Options(locals(), ProxySettings, "PROXY_", {"trusted_proxies": "TRUSTED_PROXIES"})
        super().__init__(app)
        self._proxies = TrustedProxies(options["trusted_proxies"])
        family = options["headers"].one_of(("x-forwarded", "forwarded"))
        self._read = self._forwarded if family == "forwarded" else self._x_forwarded
        self._trust_host = options["trust_host"].flag()
        self._x_forwarded_for = lru_cache(_MOST_KNOWN)(self._read_x_forwarded_for)
        self._forwarded_value = lru_cache(_MOST_KNOWN)(self._read_forwarded)

    def http(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        if self._proxies.trusts(scope.get("client")):
            headers = self._believe(scope, headers)
        return self.next_http(scope, receive, send, headers)

    def websocket(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        if self._proxies.trusts(scope.get("client")):
            headers = self._believe(scope, headers)
        return self.next_websocket(scope, receive, send, headers)

    def _believe(self, scope: Scope, headers: Headers) -> Headers:
        """Change the scope to what the proxies tell; return the headers as they are then."""
        client, proto, host, port = self._read(headers)
        if client is not None:
            scope["client"] = client
        scheme = _SCHEMES[scope["type"]].get(proto.lower())
        if scheme is not None:
            scope["scheme"] = scheme
        if self._trust_host:
            wanted = _host(host, port, headers.get(b"host", b""), scope.get("scheme", "http"))
            if wanted is not None:
                _replace_host(scope, wanted)
                return request_headers(scope)
        return headers

    def _x_forwarded(self, headers: Headers) -> _Told:
        chain = headers.get(b"x-forwarded-for", b"")
        client, distance = self._x_forwarded_for(chain) if len(chain) < _LONG else self._read_x_forwarded_for(chain)
        proto = _standing(headers.get(b"x-forwarded-proto", b""), distance)
        if not self._trust_host:
            return client, proto, b"", b""
        host = _standing(headers.get(b"x-forwarded-host", b""), distance)
        return client, proto, host, _standing(headers.get(b"x-forwarded-port", b""), distance)

    def _forwarded(self, headers: Headers) -> _Told:
        chain = headers.get(b"forwarded", b"")
        return self._forwarded_value(chain) if len(chain) < _LONG else self._read_forwarded(chain)

    def _read_x_forwarded_for(self, chain: bytes) -> tuple[Client | None, int]:
        return self._proxies.client_of(elements(chain))

    def _read_forwarded(self, chain: bytes) -> _Told:
        hops = [pairs(element) for element in elements(chain)] or [{}]
        client, distance = self._proxies.client_of(hop.get(b"for", b"") for hop in hops)
        chosen = hops[0] | hops[distance]
        return client, chosen.get(b"proto", b""), chosen.get(b"host", b""), b""


def _standing(value: bytes, distance: int) -> bytes:
    """Return the element so far from the right, else the rightmost."""
    if b"," not in value:
        return value.strip(b" \t")
    found = elements(value)
    return found[distance if distance < len(found) else 0] if found else b""


def _host(host: bytes, port: bytes, own: bytes, scheme: str) -> bytes | None:
    """Return what is to stand in Host; ``None``: what does."""
    host = host or own
    if not host or len(host) > _LONGEST_HOST or host.translate(None, _HOST_BYTES):
        return None
    if _is_port(port) and int(port) != default_port(scheme) and not _has_port(host):
        host = b"%s:%s" % (host, port)
    return None if host == own else host


def _is_port(text: bytes) -> bool:
    return text.isdigit() and len(text) <= 5 and 0 < int(text) <= 65535


def _has_port(host: bytes) -> bool:
    return b":" in host.rpartition(b"]")[2] or (b":" in host and not host.startswith(b"["))


def _replace_host(scope: Scope, host: bytes) -> None:
    """Put ``host`` where Host stands. A list stays the same one: an application may hold it already."""
    given: Iterable[tuple[bytes, bytes]] = scope["headers"]
    headers = scope["headers"] = given if isinstance(given, list) else list(given)
    for index, (name, _) in enumerate(headers):
        if name == b"host":
            headers[index] = (name, host)
            break
    else:
        headers.append((b"host", host))
    forget_request_headers(scope)
