"""The answer to a CORS preflight, with which a browser asks whether a script may send a request (Fetch, 4.8)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeAlias

from openviper.core.error_pages import send_page, status_page
from openviper.core.response_send import FixedHeaders, ResponseSend
from openviper.middleware._cors_policy import ANY
from openviper.middleware._refusals import log_refusal
from openviper.middleware._tokens import is_token

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from openviper.core.plain_middleware import Headers
    from openviper.core.types import Scope
    from openviper.middleware._cors_policy import CORSPolicy

__all__ = ["Preflight"]

Field: TypeAlias = "tuple[bytes, bytes]"

_logger = logging.getLogger("openviper.middleware.cors")

# Fetch, 2.2.2: in these no value needs permission, or some values do not. A browser lists them for the other values.
_SAFELISTED_HEADERS = ("Accept", "Accept-Language", "Content-Language", "Content-Type", "Range")
# A browser lists the names that a script set itself.
_LONGEST_LIST = 4096
_ALLOW_METHODS = b"access-control-allow-methods"
_ALLOW_HEADERS = b"access-control-allow-headers"
_VARY = (
    b"vary",
    b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network",
)


class Preflight:
    """Answer preflights: 204 with what is allowed, or 400 with a sentence that says what is not."""

    def __init__(self, policy: CORSPolicy) -> None:
        self._policy = policy
        self._any_method, self._any_header = ANY in policy.methods, ANY in policy.headers
        self._methods = frozenset(method.encode("ascii") for method in policy.methods)
        names = {name.lower(): name for name in (*_SAFELISTED_HEADERS, *policy.headers)}
        self._headers = frozenset(name.encode("ascii") for name in names)
        self._refused = FixedHeaders(appended=[_VARY])
        self._allowed = [_VARY, (b"access-control-max-age", b"%d" % policy.max_age)]
        if policy.allow_credentials:
            self._allowed.append((b"access-control-allow-credentials", b"true"))
        if not self._any_method:
            self._allowed.append((_ALLOW_METHODS, ", ".join(policy.methods).encode("ascii")))
        if not self._any_header:
            self._allowed.append((_ALLOW_HEADERS, ", ".join(names.values()).encode("ascii")))

    def answer(self, scope: Scope, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        """Return what answers the preflight with these headers when it is awaited."""
        origin, method = headers[b"origin"], headers[b"access-control-request-method"]
        names = _requested(headers.get(b"access-control-request-headers", b""))
        private_network = b"access-control-request-private-network" in headers
        checks = {
            "origin": self._policy.origins.allows(origin),
            "method": is_token(method) if self._any_method else method in self._methods,
            "headers": names is not None and (self._any_header or self._headers.issuperset(names)),
            "private network": self._policy.allow_private_network or not private_network,
        }
        if names is None or not all(checks.values()):
            return self._refuse([name for name, passed in checks.items() if not passed], scope, send, headers)
        return _send_allowed(send, [*self._allowed, *self._asked(origin, method, names, private_network)])

    def _asked(self, origin: bytes, method: bytes, names: list[bytes], private_network: bool) -> Iterator[Field]:
        """Yield what depends on the preflight; for ``*`` what was asked: to browsers it is not Authorization."""
        yield b"access-control-allow-origin", b"*" if self._policy.origins.any else origin
        if self._any_method:
            yield _ALLOW_METHODS, method
        if self._any_header and names:
            yield _ALLOW_HEADERS, b", ".join(names)
        if private_network:
            yield b"access-control-allow-private-network", b"true"

    def _refuse(self, failed: list[str], scope: Scope, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        """Return what answers without any header that would let the browser go on."""
        log_refusal(
            _logger,
            scope,
            "the CORS preflight asks for what is not allowed: %s; origin %.200r, method %.50r, headers %.500r",
            ", ".join(failed),
            headers[b"origin"],
            headers[b"access-control-request-method"],
            headers.get(b"access-control-request-headers", b""),
        )
        send.fix(self._refused)
        detail = f"CORS preflight refused; not allowed: {', '.join(failed)}."
        return send_page(status_page(scope, 400, detail), scope, send)


def _requested(value: bytes) -> list[bytes] | None:
    """Return the names in an ``Access-Control-Request-Headers``, in lower case.

    ``None``: it is longer than 4096 bytes, or one of them is no name. Empty elements are passed over (RFC 9110, 5.6.1).
    """
    if len(value) > _LONGEST_LIST:
        return None
    names = [name for part in value.lower().split(b",") if (name := part.strip(b" \t"))]
    return names if all(map(is_token, names)) else None


async def _send_allowed(send: ResponseSend, headers: list[Field]) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
