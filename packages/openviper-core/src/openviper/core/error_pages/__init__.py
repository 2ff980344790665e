"""What a client sees when a request fails, and what the log keeps of it.

The HTTP application and ``ServerErrorMiddleware`` show the same pages::

    page = status_page(scope, 404)
    await send_page(page, scope, send)

All pages are negotiated by ``Accept``: HTML only for clients that name it, so that an API client never meets markup.
"""

from __future__ import annotations

from openviper.core.error_pages._log import log_server_error, request_line
from openviper.core.error_pages._page import ErrorPage, send_page
from openviper.core.error_pages._server import server_error_page
from openviper.core.error_pages._status import status_page

__all__ = ["ErrorPage", "log_server_error", "request_line", "send_page", "server_error_page", "status_page"]
