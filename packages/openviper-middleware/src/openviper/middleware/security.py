"""Host checking, the redirect to HTTPS, and the headers that tell browsers what a site never does.

::

    app = SecurityMiddleware(app, allowed_hosts=["example.org", ".example.net"])

A request whose Host is not one of ours gets 400. The headers are those of a preset: ``strict`` for pages, ``api`` for
JSON alone, ``off`` for none; each is changed, or left out, by a setting or an argument of its own. A header that the
application set itself stays.

``scope["state"]["csp_nonce"]``, in templates ``request.state.csp_nonce``, is the request's own nonce. It is made when
it is read, and named by the Content-Security-Policy of that response alone::

    <script nonce="{{ request.state.csp_nonce }}">
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal

from openviper._settings.middleware import SecuritySettings
from openviper.core.error_pages import send_page, status_page
from openviper.core.plain_middleware import Headers, PlainMiddleware
from openviper.core.response_send import FixedHeaders
from openviper.middleware._hosts import InvalidHost, split_host
from openviper.middleware._https_redirect import https_redirect
from openviper.middleware._nonce import Nonce
from openviper.middleware._origins import TLS_SCHEMES
from openviper.middleware._refusals import log_refusal
from openviper.middleware._security_headers import csp_policies, fixed_headers, hsts
from openviper.middleware._security_options import SecurityOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence

    from openviper.core.response_send import ResponseSend
    from openviper.core.types import ASGIApp, Receive, Scope

__all__ = ["SecurityMiddleware", "SecuritySettings"]

_logger = logging.getLogger("openviper.middleware.security")

# Of Host headers that were accepted, by port, case and wildcard; at most 300 kB of them.
_MOST_ACCEPTED = 1_000


class SecurityMiddleware(PlainMiddleware):
    """Refuse hosts that are not ours, redirect to HTTPS, and send the security headers.

    An argument that is ``None`` is taken from the setting, and from the preset where that is ``None`` too. An empty
    value: the header is not sent.

    Args:
        app: The next application.
        allowed_hosts: ``example.org``; ``.example.org`` for it and all names below it; ``[::1]``; ``*`` for all. With
            any port. ``None``: ``settings.ALLOWED_HOSTS``, and where that is empty and DEBUG on: ``localhost`` with the
            names below it, ``127.0.0.1`` and ``[::1]``. Where all are such names of this machine, a preset sends no
            Strict-Transport-Security.
        preset: ``strict``, ``api`` or ``off``.
        ssl_redirect: Answer ``http`` and ``ws`` with a redirect (308) to ``https`` and ``wss``. A websocket whose
            server cannot send a response is closed (1008).
        hsts_seconds: ``max-age`` of Strict-Transport-Security, which is sent over TLS alone. 0: not sent.
        hsts_include_subdomains: Whether it holds for all names below the host too.
        hsts_preload: Whether browsers may ship it; needs a year and the subdomains.
        content_type_nosniff: Send ``X-Content-Type-Options: nosniff``.
        frame_options: ``DENY`` or ``SAMEORIGIN``; the preset's ``frame-ancestors`` follows it.
        referrer_policy: One policy, or several with commas between them, of which browsers take the last they know.
        cross_origin_opener_policy: ``same-origin``, ``same-origin-allow-popups``, ``noopener-allow-popups`` or
            ``unsafe-none``.
        cross_origin_embedder_policy: ``require-corp``, ``credentialless`` or ``unsafe-none``.
        cross_origin_resource_policy: ``same-origin``, ``same-site`` or ``cross-origin``.
        permissions_policy: ``camera=(), geolocation=(self)``.
        csp: Content-Security-Policy: a string, or directive -> sources, as a string or a sequence; ``None``: the
            directive has no value. The source ``'nonce'`` stands for the nonce.
        csp_report_only: The same for Content-Security-Policy-Report-Only.

    Raises:
        ImproperlyConfigured: A value is none that browsers understand, or no host is allowed.
    """

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        app: ASGIApp,
        *,
        allowed_hosts: Sequence[str] | None = None,
        preset: Literal["strict", "api", "off"] | None = None,
        ssl_redirect: bool | None = None,
        hsts_seconds: int | None = None,
        hsts_include_subdomains: bool | None = None,
        hsts_preload: bool | None = None,
        content_type_nosniff: bool | None = None,
        frame_options: str | None = None,
        referrer_policy: str | None = None,
        cross_origin_opener_policy: str | None = None,
        cross_origin_embedder_policy: str | None = None,
        cross_origin_resource_policy: str | None = None,
        permissions_policy: str | None = None,
        csp: Mapping[str, Any] | str | None = None,
        csp_report_only: Mapping[str, Any] | str | None = None,
    ) -> None:
        options = SecurityOptions(locals())
        super().__init__(app)
        self._hosts, local = options.hosts()
        self._unknown = f"the host is not {'in ALLOWED_HOSTS' if allowed_hosts is None else 'one of ours'}"
        self._accepted: set[bytes | None] = set()
        self._redirects = options["ssl_redirect"].flag()
        policies = csp_policies(options)
        fields = [*fixed_headers(options), *((policy.header, policy.plain) for policy in policies)]
        self._headers = FixedHeaders(fields)
        self._tls_headers = FixedHeaders([*fields, *hsts(options, local=local)])
        self._nonced = tuple(policy for policy in policies if policy.has_nonce)

    def http(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        """Pass the request on, or return what refuses or redirects it."""
        if self._redirects or headers.get(b"host") not in self._accepted:
            answer = self._answer(scope, send, headers)
            if answer is not None:
                return answer
        else:
            send.fix(self._tls_headers if scope.get("scheme") in TLS_SCHEMES else self._headers)
        if self._nonced:
            scope.setdefault("state", {})["csp_nonce"] = nonce = Nonce(send)
            nonce.policies = self._nonced
        return self.next_http(scope, receive, send, headers)

    def websocket(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        """Pass the handshake on, or return what refuses or redirects it."""
        answer = self._answer(scope, send, headers)
        return self.next_websocket(scope, receive, send, headers) if answer is None else answer

    def _answer(self, scope: Scope, send: ResponseSend, headers: Headers) -> Awaitable[None] | None:
        secure = scope.get("scheme") in TLS_SCHEMES
        send.fix(self._tls_headers if secure else self._headers)
        host = headers.get(b"host")
        if host not in self._accepted:
            problem = self._problem(host)
            if problem:
                log_refusal(_logger, scope, "Host %.300r: %s", host, problem)
                return send_page(status_page(scope, 400, f"The Host header was refused: {problem}."), scope, send)
        if secure or not self._redirects:
            return None
        return send_page(https_redirect(scope, headers[b"host"]), scope, send)

    def _problem(self, value: bytes | None) -> str:
        """Return why a Host header is refused, ``""`` where it is not."""
        if value is None:
            return "there is none"
        try:
            host, _ = split_host(value)
        except InvalidHost as error:
            return str(error)
        if not self._hosts.allows(host):
            return self._unknown
        if len(self._accepted) >= _MOST_ACCEPTED:
            # A wildcard has no end of names; those that are asked for often are soon back.
            self._accepted.clear()
        self._accepted.add(value)
        return ""
