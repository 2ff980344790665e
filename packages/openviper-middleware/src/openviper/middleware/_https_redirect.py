"""Where a request that came without TLS is sent to."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_from_bytes

from openviper.core.error_pages import ErrorPage, status_page
from openviper.middleware._hosts import split_host

if TYPE_CHECKING:
    from openviper.core.types import Scope

__all__ = ["https_redirect"]

#: What stays as it is: all that can stand in the path and query of a URL, and what it is already encoded with.
_KEPT = string.punctuation.replace("#", "")
# A path that is already decoded.
_KEPT_IN_PATH = "/:@!$&'()*+,;=~"


def https_redirect(scope: Scope, host: bytes) -> ErrorPage:
    """Return the redirect (308, which keeps method and body: RFC 9110, 15.4.9) to the same address under TLS.

    Path and query stay byte for byte as the client sent them. A port is kept unless it is 80, or 443.

    Args:
        scope: Of scheme ``http`` or ``ws``.
        host: A Host header that was accepted.
    """
    target = _target(scope)
    # "@evil.org" would make the host a user's name; the absolute form (RFC 9112, 3.2.2) and "*" are no paths either.
    if not target.startswith("/"):
        return status_page(scope, 400, "The target of the request is not a path, so it cannot be redirected to https.")
    name, port = split_host(host)
    authority = name if port in (None, 80, 443) else f"{name}:{port}"
    scheme = "wss" if scope["type"] == "websocket" else "https"
    location = f"{scheme}://{authority}{target}".encode("ascii")
    return ErrorPage(308, ((b"location", location), (b"content-length", b"0")), b"")


def _target(scope: Scope) -> str:
    """Return path and query, whole even where the application is mounted: ``root_path`` is their beginning."""
    raw_path: bytes = scope.get("raw_path") or quote(scope["path"], safe=_KEPT_IN_PATH).encode("ascii")
    query: bytes = scope.get("query_string", b"")
    # Servers let bytes through that no URL has; those of a line break would end the header.
    return quote_from_bytes(raw_path + b"?" + query if query else raw_path, safe=_KEPT)
