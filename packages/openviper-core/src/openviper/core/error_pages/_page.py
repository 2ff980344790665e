"""An answer to a failed request, and how it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openviper.core.types import Scope, Send

__all__ = ["NO_SNIFFING", "ErrorPage", "html_page", "make_page", "send_page"]

#: Text is not to be taken for markup, whatever it holds.
NO_SNIFFING = ((b"x-content-type-options", b"nosniff"),)
# An HTML page shows itself. It loads nothing and runs nothing, whatever was put into it.
_HTML_HEADERS = ((b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"), *NO_SNIFFING)


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """A whole response. Pages are shared between requests, so nothing in them can be altered."""

    status: int
    #: Names in lower case.
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def make_page(status: int, media_type: bytes, text: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> ErrorPage:
    """Make a page of ``text`` in UTF-8; one without content for the statuses that have none (RFC 9110, 6.4.1).

    ``Vary`` tells caches that the same address answers in more than one form.
    """
    own = [field for field in headers if field[0].lower() not in (b"content-type", b"content-length")]
    if status < 200 or status in (204, 304):
        return ErrorPage(status, tuple(own), b"")
    # A lone surrogate, as in an undecodable file name, has no UTF-8.
    body = text.encode("utf-8", "backslashreplace")
    # JSON is UTF-8 by definition and has no such parameter (RFC 8259, 11).
    content_type = media_type + b"; charset=utf-8" if media_type.startswith(b"text/") else media_type
    fields = (
        (b"content-type", content_type),
        (b"content-length", b"%d" % len(body)),
        (b"vary", b"Accept"),
    )
    return ErrorPage(status, (*fields, *own), body)


def html_page(status: int, text: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> ErrorPage:
    """Make a page of markup in which everything that came from outside is escaped."""
    return make_page(status, b"text/html", text, (*_HTML_HEADERS, *headers))


async def send_page(page: ErrorPage, scope: Scope, send: Send) -> None:
    """Send ``page`` as the response to an ``http`` request, or as the denial of a ``websocket`` handshake.

    HEAD gets the headers only, ``content-length`` as for GET. A websocket whose server cannot send a denial response
    is closed: 1011 for a server error, else 1008 (RFC 6455, 7.4.1).
    """
    prefix = "http.response"
    if scope["type"] == "websocket":
        prefix = "websocket.http.response"
        if prefix not in (scope.get("extensions") or ()):
            await send({"type": "websocket.close", "code": 1011 if page.status >= 500 else 1008, "reason": ""})
            return
    body = b"" if scope.get("method") == "HEAD" else page.body
    await send({"type": f"{prefix}.start", "status": page.status, "headers": list(page.headers)})
    await send({"type": f"{prefix}.body", "body": body})
