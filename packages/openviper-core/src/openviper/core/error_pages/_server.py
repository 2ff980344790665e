"""The page of an error that nobody handled."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

from openviper.core.error_pages._accept import accept_header, names_json, prefers_html
from openviper.core.error_pages._log import request_id_of, request_line
from openviper.core.error_pages._page import NO_SNIFFING, ErrorPage, html_page, make_page
from openviper.core.error_pages._status import html_status_page, json_status_page, phrase_of

if TYPE_CHECKING:
    from openviper.core.types import Scope

__all__ = ["server_error_page"]


def server_error_page(scope: Scope, error: BaseException, *, debug: bool) -> ErrorPage:
    """Return the 500 page for ``error``.

    Args:
        scope: An ``http`` or ``websocket`` scope; only its method, path and request id are shown.
        error: What was raised.
        debug: Show the traceback with source lines, as HTML where ``Accept`` prefers it, else as text. Never locals,
            environment, headers, cookies or the query. Off, nothing of the error is told: plain text, or JSON or
            HTML where ``Accept`` names it.
    """
    accept = accept_header(scope)
    as_html = prefers_html(accept)
    if debug:
        return _traceback_page(scope, error, as_html=as_html)
    if as_html:
        return html_status_page(500)
    return json_status_page(500) if names_json(accept) else _plain_page()


@cache
def _plain_page() -> ErrorPage:
    return make_page(500, b"text/plain", phrase_of(500))


def _traceback_page(scope: Scope, error: BaseException, *, as_html: bool) -> ErrorPage:
    # Production never shows a traceback, so it does not load what renders one.
    from openviper.core.error_pages._traceback import describe, plain_text  # noqa: PLC0415
    from openviper.core.error_pages._traceback_page import traceback_html  # noqa: PLC0415

    request = request_line(scope)
    try:
        if as_html:
            text = traceback_html(request, request_id_of(scope), describe(error), plain_text(error))
            return html_page(500, text)
        return make_page(500, b"text/plain", f"{request}\n\n{plain_text(error)}", NO_SNIFFING)
    except Exception:
        # An exception class can break anything, its __str__ first. The client still gets an answer.
        logging.getLogger("openviper.request").exception("The debug page of %s could not be made", type(error))
        return _plain_page()
