"""Refuse what pages of other sites make a browser send with its user's cookies.

::

    app = CSRFMiddleware(app, trusted_origins=["https://forms.example.org"])

Requests that may change something, every method but GET, HEAD and OPTIONS, and websocket handshakes are checked by the
headers in which browsers say where they come from: Sec-Fetch-Site, else Origin, which has to be that of Host (the
algorithm of Go 1.25's ``http.CrossOriginProtection``). A request with neither is no browser's, or that of an old one:
it passes, and with ``mode="token"`` only if it has a valid token.

``scope["state"]["csrf_token"]``, in templates ``csrf_token`` and ``csrf_input``, is the token. It is made when it is
read, which also sets the cookie that belongs to it: ``csrftoken``, over https ``__Host-csrftoken``. Scripts send either
in the header ``X-CSRFToken``, forms send it in the field ``csrfmiddlewaretoken``. A token belongs to the value of the
session's cookie; after log-in a new one is needed. That cookie has to hold an id, which stays the same: where it holds
the session itself, and changes with it, give it another name than ``SESSION_COOKIE_NAME``.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal

from openviper._settings.middleware import CSRFSettings
from openviper.core.error_pages import send_page, status_page
from openviper.core.plain_middleware import Headers, PlainMiddleware
from openviper.middleware._csrf_body import BodyHead, ClientGone
from openviper.middleware._csrf_exempt import csrf_exempt, is_marked
from openviper.middleware._csrf_options import CSRFOptions
from openviper.middleware._csrf_origin import OWN_SITES
from openviper.middleware._csrf_token import LazyToken
from openviper.middleware._form_field import FieldScan, field_scan
from openviper.middleware._origins import TLS_SCHEMES
from openviper.middleware._refusals import log_refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from openviper.conf import Secret
    from openviper.core.response_send import ResponseSend
    from openviper.core.types import ASGIApp, Receive, Scope
    from openviper.middleware._csrf_token import TokenIssuer

__all__ = ["CSRFMiddleware", "CSRFSettings", "csrf_exempt"]

_logger = logging.getLogger("openviper.middleware.csrf")

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

# What the log says of a request that says where it comes from.
_FOREIGN = "%s; Origin %.200r, Host %.200r; the origins in CSRF_TRUSTED_ORIGINS (trusted_origins=) pass"

# How much of a form is read before the application is called.
_MOST_SCANNED = 65_536


class CSRFMiddleware(PlainMiddleware):
    """Refuse cross-origin requests that may change something, with 403.

    An argument that is ``None`` is taken from the setting.

    Args:
        app: The next application.
        mode: What a request with neither Sec-Fetch-Site nor Origin needs: ``headers``: nothing; ``token``: a valid
            token, in the header or in the first 64 KiB of a form. A websocket's handshake has only the header.
        trusted_origins: Other origins whose requests pass: ``https://forms.example.org``.
        exempt_paths: What is not checked: ``/hooks/pay``, or ``/hooks/*`` for all that begin with ``/hooks/``. In our
            application :func:`csrf_exempt` does the same for a handler.
        cookie_name: Over TLS with ``__Host-`` before it.
        cookie_age: In seconds; 0: until the browser is closed.
        cookie_samesite: ``Strict``, ``Lax`` or ``None``; the last over TLS only.
        header_name: Takes the token.
        field_name: Takes it in a form.
        secret_key: Signs tokens; ``None``: ``settings.SECRET_KEY``, where those of SECRET_KEY_FALLBACKS are accepted.
        session_cookie_name: The cookie whose value tokens belong to; ``""``: none, each browser has a random one.

    Raises:
        ImproperlyConfigured: A value is none of these, or ``mode`` is ``token`` and there is no key.
    """

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        app: ASGIApp,
        *,
        mode: Literal["headers", "token"] | None = None,
        trusted_origins: Sequence[str] | None = None,
        exempt_paths: Sequence[str] | None = None,
        cookie_name: str | None = None,
        cookie_age: int | None = None,
        cookie_samesite: Literal["Strict", "Lax", "None"] | None = None,
        header_name: str | None = None,
        field_name: str | None = None,
        secret_key: Secret[str] | str | None = None,
        session_cookie_name: str | None = None,
    ) -> None:
        options = CSRFOptions(locals())
        super().__init__(app)
        self._needs_token = options.needs_token()
        self._origins = options.origins()
        self._exempt = options.exempt_paths()
        self._header_name = options.header_name()
        self._header = self._header_name.lower().encode("ascii")
        self._field = options.field_name()
        signer = options.signer()
        self._plain = options.issuer(signer, secure=False)
        self._secure = options.issuer(signer, secure=True)

    def http(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        """Pass the request on, or return what looks for its token or refuses it."""
        issuer = self._secure if scope.get("scheme") in TLS_SCHEMES else self._plain
        scope.setdefault("state", {})["csrf_token"] = token = LazyToken(send)
        token.issuer, token.headers = issuer, headers
        if scope["method"] in _SAFE or headers.get(b"sec-fetch-site") in OWN_SITES:
            return self.next_http(scope, receive, send, headers)
        problem = self._problem(scope, headers, issuer)
        if problem is None or self._exempt.match(scope) or is_marked(scope):
            return self.next_http(scope, receive, send, headers)
        if self._is_silent(headers) and self._header not in headers:
            scan = field_scan(headers.get(b"content-type", b""), self._field)
            if scan is not None:
                return self._by_form(scan, issuer, scope, receive, send, headers)
        return self._refuse(problem, scope, send, headers)

    def websocket(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        """Pass the handshake on, or return what refuses it: browsers send cookies with it, from any page."""
        issuer = self._secure if scope.get("scheme") in TLS_SCHEMES else self._plain
        scope.setdefault("state", {})["csrf_token"] = token = LazyToken(send)
        token.issuer, token.headers = issuer, headers
        problem = self._problem(scope, headers, issuer)
        if problem is None or self._exempt.match(scope) or is_marked(scope):
            return self.next_websocket(scope, receive, send, headers)
        return self._refuse(problem, scope, send, headers)

    def _problem(self, scope: Scope, headers: Headers, issuer: TokenIssuer) -> str | None:
        """Return what is wrong with a request, as far as its headers tell."""
        if not self._is_silent(headers):
            return self._origins.problem(headers, secure=issuer is self._secure)
        if not self._needs_token:
            return None
        token = headers.get(self._header)
        if token is None:
            return f"there is no token in the header {self._header_name}, and no form that has one"
        return None if issuer.accepts(headers, token) else f"the token in the header {self._header_name} is not valid"

    def _is_silent(self, headers: Headers) -> bool:
        """Whether nothing says where the request comes from."""
        return not (headers.get(b"sec-fetch-site") or headers.get(b"origin"))

    async def _by_form(
        self,
        scan: FieldScan,
        issuer: TokenIssuer,
        scope: Scope,
        receive: Receive,
        send: ResponseSend,
        headers: Headers,
    ) -> None:
        """Pass a form on if it has a valid token."""
        head = BodyHead(receive, _MOST_SCANNED)
        try:
            token = await head.find(scan)
        except ClientGone:
            return
        if token is not None and issuer.accepts(headers, token):
            await self.next_http(scope, head.receive, send, headers)
        else:
            await self._refuse(self._form_problem(token, head), scope, send, headers)

    def _form_problem(self, token: bytes | None, head: BodyHead) -> str:
        if token is not None:
            return f"the token in the form field {self._field} is not valid"
        if head.exceeded:
            return f"there is no form field {self._field} in the first 64 KiB; put it before the others"
        return f"there is no token in the header {self._header_name} or in the form field {self._field}"

    def _refuse(self, problem: str, scope: Scope, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        if self._is_silent(headers):
            log_refusal(_logger, scope, "%s", problem)
        else:
            log_refusal(_logger, scope, _FOREIGN, problem, headers.get(b"origin", b""), headers.get(b"host", b""))
        return send_page(status_page(scope, 403, f"CSRF check failed: {problem}."), scope, send)
