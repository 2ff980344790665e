"""Which other sites' scripts may call this one, and read what it answers (CORS: the Fetch standard, 3.3).

::

    CORSMiddleware(app, allowed_origins=["https://app.example.org", "https://*.example.org", "http://localhost:*"])

It opens what browsers keep closed; it does not keep anybody out. A request from elsewhere still reaches the application
(:mod:`openviper.middleware.csrf` is what refuses those), and its sender's browser hides the answer from the script.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Collection

from openviper._settings.middleware import CORSSettings
from openviper.core.plain_middleware import Headers, PlainMiddleware
from openviper.core.response_send import FixedHeaders, ResponseSend
from openviper.core.types import ASGIApp, Receive, Scope
from openviper.middleware._cors_policy import CORSPolicy, read_cors_policy
from openviper.middleware._preflight import Preflight

__all__ = ["CORSMiddleware", "CORSSettings"]

_ALLOW_ORIGIN = b"access-control-allow-origin"
# What an answer says of its own origin alone; the application's would stand beside ours as if it went with it.
_FAMILY = (_ALLOW_ORIGIN, b"access-control-allow-credentials", b"access-control-expose-headers")
_VARY = (b"vary", b"Origin")


class CORSMiddleware(PlainMiddleware):
    """Let the scripts of some other origins call this application, and read its answers.

    A preflight, which is an OPTIONS with Origin and Access-Control-Request-Method, is answered here; every other
    request reaches the application. Answers to an allowed origin get the headers of CORS in place of those that the
    application set: its own Access-Control-Allow-Origin, -Allow-Credentials and -Expose-Headers do not reach them.
    Answers to other origins and to requests without Origin get ``Vary: Origin`` alone, and keep what the application
    set: a route that opens itself to everybody may. Where all are allowed every answer gets the same headers without
    ``Vary``, and where none is nothing is added or taken away.

    Websockets pass through: browsers let every site open one, without preflight, and hide nothing of it.

    Every argument that is ``None`` is taken from the setting ``CORS_`` and its name.

    Args:
        app: The next application.
        allowed_origins: ``https://a.example``; ``https://*.a.example`` for every name below it, and not it;
            ``http://localhost:*`` for any port or none; or ``*`` alone: every site. ``null`` is what browsers send for
            sandboxed frames, which every site can make: it allows them all. Empty: none.
        allowed_origin_regexes: Regular expressions, each of which has to match the whole origin.
        allowed_methods: Case-sensitive; ``*``: any.
        allowed_headers: Request headers beyond Accept, Accept-Language, Content-Language, Content-Type and Range;
            ``*``: any.
        exposed_headers: Response headers that scripts may read beyond those that Fetch lets them; ``*``: any.
        allow_credentials: Let scripts send the user's cookies, and read what is answered to them; with none of the
            ``*`` above, not with ``null``, and not with a regular expression that matches sites of anybody.
        allow_private_network: Let public sites call a server in the user's own network.
        max_age: How long a browser may keep the answer to a preflight, in seconds.

    Raises:
        ImproperlyConfigured: A value is not of its form, or does not go together with another.
    """

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        app: ASGIApp,
        *,
        allowed_origins: Collection[str] | None = None,
        allowed_origin_regexes: Collection[str | re.Pattern[str]] | None = None,
        allowed_methods: Collection[str] | None = None,
        allowed_headers: Collection[str] | None = None,
        exposed_headers: Collection[str] | None = None,
        allow_credentials: bool | None = None,
        allow_private_network: bool | None = None,
        max_age: int | None = None,
    ) -> None:
        policy = read_cors_policy(locals())
        super().__init__(app)
        self._origins = policy.origins
        self._preflight = Preflight(policy)
        shared = _shared_headers(policy)
        #: By the value of Origin; only for those that the configuration lists, for their sums with others are kept.
        self._listed = {
            origin: FixedHeaders(appended=[_VARY], replacing=[(_ALLOW_ORIGIN, origin), *shared], removing=_FAMILY)
            for origin in policy.origins.exact
        }
        #: For an origin that is allowed without being listed, which is set apart from these.
        self._inexact = FixedHeaders(appended=[_VARY], replacing=shared, removing=_FAMILY[1:])
        #: For requests without Origin, or from any other.
        self._others: FixedHeaders | None = None
        if policy.origins.any:
            self._others = FixedHeaders(replacing=[(_ALLOW_ORIGIN, b"*"), *shared], removing=_FAMILY)
        elif policy.origins:
            self._others = FixedHeaders(appended=[_VARY])

    def http(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        fixed = self._others
        origin = headers.get(b"origin")
        if origin is not None:
            if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
                return self._preflight.answer(scope, send, headers)
            if origin in self._listed:
                fixed = self._listed[origin]
            elif self._origins.allows_inexact(origin):
                fixed = self._inexact
                send.replace(_ALLOW_ORIGIN, origin)
        if fixed is not None:
            send.fix(fixed)
        return self.next_http(scope, receive, send, headers)


def _shared_headers(policy: CORSPolicy) -> list[tuple[bytes, bytes]]:
    """Return what answers to all allowed origins have in common."""
    headers: list[tuple[bytes, bytes]] = []
    if policy.allow_credentials:
        headers.append((b"access-control-allow-credentials", b"true"))
    if policy.exposed_headers:
        headers.append((b"access-control-expose-headers", ", ".join(policy.exposed_headers).encode("ascii")))
    return headers
