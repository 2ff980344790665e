"""The small page of a status: 404, 405, 429, a production 500."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from openviper.core.error_pages._accept import accept_header, prefers_html
from openviper.core.error_pages._page import ErrorPage, html_page, make_page
from openviper.core.error_pages._style import STATUS_STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openviper.core.types import Scope

__all__ = ["html_status_page", "json_status_page", "phrase_of", "status_page"]

# The names of RFC 9110, which Python's table has only from 3.13 on.
_PHRASES = {413: "Content Too Large", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}

_SENTENCES = {
    400: "The server could not make sense of this request.",
    401: "Please log in to see this page.",
    403: "You are not allowed to see this page.",
    404: "There is nothing at this address. It may have moved, or the link has a typo.",
    405: "This address does not take that kind of request.",
    408: "The request took too long to arrive.",
    410: "This page has been removed for good.",
    413: "What was sent is larger than this address accepts.",
    414: "The address is longer than the server accepts.",
    429: "That was too fast. Please wait a moment and try again.",
    500: "Something went wrong on our side. It has been noted; please try again later.",
    503: "The service is not available right now. Please try again in a moment.",
}


def status_page(
    scope: Scope, status: int, detail: Any = None, headers: Iterable[tuple[bytes, bytes]] = ()
) -> ErrorPage:
    """Return the page of ``status``: HTML where ``Accept`` prefers it, else JSON, ``{"detail": ...}``.

    Args:
        scope: An ``http`` or ``websocket`` scope.
        status: 400 to 599; a status without content gets none.
        detail: A sentence, or anything JSON-safe; ``None``: the status's own name.
        headers: More response headers, such as ``Allow``. ``content-type`` and ``content-length`` are the page's own.
    """
    accept = accept_header(scope)
    as_html = accept != b"" and prefers_html(accept)
    if detail is None and not headers:
        return html_status_page(status) if as_html else json_status_page(status)
    if as_html:
        return html_page(status, _html(status, _sentence(status) if detail is None else _shown(detail)), headers)
    return make_page(status, b"application/json", _json(phrase_of(status) if detail is None else detail), headers)


@cache
def json_status_page(status: int) -> ErrorPage:
    """Return the JSON page of ``status`` alone, made once."""
    return make_page(status, b"application/json", _json(phrase_of(status)))


@cache
def html_status_page(status: int) -> ErrorPage:
    """Return the HTML page of ``status`` alone, made once."""
    return html_page(status, _html(status, _sentence(status)))


def phrase_of(status: int) -> str:
    """Return the name of ``status``, ``"Error"`` for one that has none."""
    try:
        return _PHRASES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _sentence(status: int) -> str:
    if status in _SENTENCES:
        return _SENTENCES[status]
    return "The server could not do this." if status >= 500 else "The server did not accept this request."


def _json(detail: Any) -> str:
    return json.dumps({"detail": detail}, separators=(",", ":"), default=str)


def _shown(detail: Any) -> str:
    return detail if isinstance(detail, str) else json.dumps(detail, indent=2, default=str)


def _html(status: int, sentence: str) -> str:
    phrase = escape(phrase_of(status))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{status} {phrase}</title>'
        f"<style>{STATUS_STYLE}</style></head>"
        f"<body><main><p class=status>{status}</p><h1>{phrase}</h1><p class=detail>{escape(sentence)}</p>"
        "</main></body></html>\n"
    )
