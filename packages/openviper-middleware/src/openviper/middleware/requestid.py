"""An id for every request: in the scope, in the response, and in the records that are logged meanwhile.

::

    LOGGING = {
        "filters": {"request_id": {"()": "openviper.middleware.requestid.RequestIdFilter"}},
        "formatters": {"line": {"format": "%(asctime)s %(request_id)s %(message)s"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": "line"}},
        ...
    }
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from os import urandom

from openviper._settings.middleware import RequestIdSettings
from openviper.core.context import current_request_id
from openviper.core.plain_middleware import Headers, PlainCall, PlainMiddleware
from openviper.core.response_send import ResponseSend
from openviper.core.types import ASGIApp, Receive, Scope
from openviper.middleware._options import Options

__all__ = ["RequestIdFilter", "RequestIdMiddleware", "RequestIdSettings"]

# What no log, shell, markup or header takes for more than text: UUIDs, ULIDs, base64, and the ids of AWS and Google.
_ID_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@/+=-"
_LONGEST_ID = 128
_KEY = "openviper.request_id"


class RequestIdMiddleware(PlainMiddleware):
    """Give a request an id: ``scope["state"]["request_id"]``, ``current_request_id`` and a response header.

    An accepted or denied websocket has the header too. Inside another of its kind the middleware changes nothing: a
    request has one id.

    Args:
        app: The next application.
        header: Of request and response; ``None``: the setting ``REQUEST_ID_HEADER``, ``X-Request-ID``.
        trust_incoming: Take the id that the request brings along, where it is 1 to 128 letters, digits and
            ``._:@/+=-``. Anything else, and two of them, are replaced by a new one, 32 hexadecimal digits. ``None``:
            the setting ``REQUEST_ID_TRUST_INCOMING``, true. A client may send an id twice: it finds log lines, it
            proves nothing.

    Raises:
        ImproperlyConfigured: ``header`` is no field name (RFC 9110, 5.1), or ``trust_incoming`` no bool.
    """

    def __init__(self, app: ASGIApp, *, header: str | None = None, trust_incoming: bool | None = None) -> None:
        options = Options(locals(), RequestIdSettings, "REQUEST_ID_")
        super().__init__(app)
        self._header = options["header"].token("the name of a header such as 'X-Request-ID'").lower().encode("ascii")
        self._trusts = options["trust_incoming"].flag()

    def http(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        return self._serve(self.next_http, scope, receive, send, headers)

    def websocket(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        return self._serve(self.next_websocket, scope, receive, send, headers)

    async def _serve(
        self, call: PlainCall, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers
    ) -> None:
        if _KEY in scope:
            await call(scope, receive, send, headers)
            return
        given = headers.get(self._header) if self._trusts else None
        if not given or len(given) > _LONGEST_ID or given.translate(None, _ID_BYTES):
            request_id = urandom(16).hex()
            given = request_id.encode()
        else:
            request_id = given.decode()
        scope[_KEY] = request_id
        scope.setdefault("state", {})["request_id"] = request_id
        send.replace(self._header, given)
        token = current_request_id.set(request_id)
        try:
            await call(scope, receive, send, headers)
        finally:
            current_request_id.reset(token)


class RequestIdFilter(logging.Filter):
    """Give each record ``request_id``: that of the request it was logged for, ``"-"`` outside of one.

    It belongs on a handler: the filters of a logger do not see the records of the loggers below it. A record that has
    one keeps it, as behind a queue, where another thread handles it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "request_id"):
            record.request_id = current_request_id.get() or "-"
        return super().filter(record)
