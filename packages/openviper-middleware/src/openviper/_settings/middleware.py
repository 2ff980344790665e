"""The settings of the middleware, beside those of ``BaseSettings``; each class reads its own when it is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = [
    "CORSSettings",
    "CSRFSettings",
    "ProxySettings",
    "RateLimitSettings",
    "RequestIdSettings",
    "SecuritySettings",
]


@dataclass(frozen=True, kw_only=True)
class SecuritySettings:
    """Of ``SecurityMiddleware``. ``None``: as the preset has it; an empty value: the header is not sent."""

    #: ``strict`` for pages, ``api`` for JSON alone, ``off`` for no header but those named below.
    SECURITY_PRESET: Literal["strict", "api", "off"] = "strict"
    #: Answer ``http`` and ``ws`` with a redirect (308) to ``https`` and ``wss``.
    SECURE_SSL_REDIRECT: bool = False
    #: Strict-Transport-Security's ``max-age``, in seconds; sent over TLS only. 0: not sent.
    SECURE_HSTS_SECONDS: int | None = None
    SECURE_HSTS_INCLUDE_SUBDOMAINS: bool | None = None
    SECURE_HSTS_PRELOAD: bool = False
    SECURE_CONTENT_TYPE_NOSNIFF: bool | None = None
    #: ``DENY`` or ``SAMEORIGIN``.
    X_FRAME_OPTIONS: str | None = None
    SECURE_REFERRER_POLICY: str | None = None
    SECURE_CROSS_ORIGIN_OPENER_POLICY: str | None = None
    SECURE_CROSS_ORIGIN_EMBEDDER_POLICY: str | None = None
    SECURE_CROSS_ORIGIN_RESOURCE_POLICY: str | None = None
    SECURE_PERMISSIONS_POLICY: str | None = None
    #: Content-Security-Policy: a string, or directive -> sources. The source ``'nonce'`` stands for each request's own.
    SECURE_CSP: dict[str, Any] | str | None = None
    #: The same for Content-Security-Policy-Report-Only.
    SECURE_CSP_REPORT_ONLY: dict[str, Any] | str | None = None


@dataclass(frozen=True, kw_only=True)
class CORSSettings:
    """Of ``CORSMiddleware``."""

    #: ``https://app.example.org``, ``https://*.example.org``, ``http://localhost:*``, or ``*`` alone. Empty: none.
    #: ``null`` is dangerous: every site can send it.
    CORS_ALLOWED_ORIGINS: tuple[str, ...] = ()
    #: Regular expressions; the whole origin has to match one. In an environment variable, commas part them.
    CORS_ALLOWED_ORIGIN_REGEXES: tuple[str, ...] = ()
    CORS_ALLOWED_METHODS: tuple[str, ...] = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    #: Request headers beyond those that need no permission; ``*``: any.
    CORS_ALLOWED_HEADERS: tuple[str, ...] = ("Authorization", "Content-Type", "X-CSRFToken", "X-Requested-With")
    #: Response headers that scripts may read.
    CORS_EXPOSED_HEADERS: tuple[str, ...] = ()
    #: Let scripts send the user's cookies, and read the answer; not with a ``*`` above, nor with ``null``.
    CORS_ALLOW_CREDENTIALS: bool = False
    #: Answer ``Access-Control-Request-Private-Network``.
    CORS_ALLOW_PRIVATE_NETWORK: bool = False
    #: How long a browser may keep the answer to a preflight, in seconds.
    CORS_MAX_AGE: int = 600


@dataclass(frozen=True, kw_only=True)
class CSRFSettings:
    """Of ``CSRFMiddleware``."""

    #: What a request with neither Sec-Fetch-Site nor Origin needs: ``headers``: nothing; ``token``: a valid token.
    CSRF_MODE: Literal["headers", "token"] = "headers"
    #: Other origins that may send forms: ``https://forms.example.org``.
    CSRF_TRUSTED_ORIGINS: tuple[str, ...] = ()
    #: Paths that are not checked; one that ends with ``/*`` means all below it.
    CSRF_EXEMPT_PATHS: tuple[str, ...] = ()
    #: Over TLS the cookie is called ``__Host-`` and this.
    CSRF_COOKIE_NAME: str = "csrftoken"
    #: In seconds; 0: until the browser is closed.
    CSRF_COOKIE_AGE: int = 31_449_600
    CSRF_COOKIE_SAMESITE: Literal["Strict", "Lax", "None"] = "Lax"
    CSRF_HEADER_NAME: str = "X-CSRFToken"
    CSRF_FIELD_NAME: str = "csrfmiddlewaretoken"


@dataclass(frozen=True, kw_only=True)
class RateLimitSettings:
    """Of ``RateLimitMiddleware``."""

    #: ``5/minute``, ``100/hour``, ``1000/2h``; a request has to pass all. Empty: only what routes ask for.
    RATE_LIMITS: tuple[str, ...] = ("300/minute",)
    #: Who shares a limit: ``ip``, ``user``, ``path``, or the dotted path of a function of the scope.
    RATE_LIMIT_KEY: str = "ip"
    #: ``memory``: of this process; or the URL of a Redis: ``redis://localhost:6379/0``.
    RATE_LIMIT_STORAGE: str = "memory"
    #: The most clients of a limit that the memory keeps apart, 24 to 48 bytes each; those beyond share one.
    RATE_LIMIT_MAX_KEYS: int = 100_000
    #: When Redis fails, or takes longer than 0.25 s: ``open``: each process counts in its own memory, with the same
    #: limits; ``closed``: requests are refused with 503.
    RATE_LIMIT_ON_FAILURE: Literal["open", "closed"] = "open"
    #: Paths for which ``RATE_LIMITS`` do not hold, marks on handlers do; one that ends with ``/*`` means all below it.
    RATE_LIMIT_EXEMPT_PATHS: tuple[str, ...] = ()
    #: Send ``X-RateLimit-Limit``, ``-Remaining`` and ``-Reset`` (in seconds) too.
    RATE_LIMIT_LEGACY_HEADERS: bool = False


@dataclass(frozen=True, kw_only=True)
class ProxySettings:
    """Of ``ProxyHeadersMiddleware``."""

    #: Networks whose word is taken for who the client is: ``10.0.0.0/8``, ``::1``; ``unix``: a unix socket.
    TRUSTED_PROXIES: tuple[str, ...] = ()
    #: Which headers the proxies set: ``X-Forwarded-For`` and ``-Proto``, or ``Forwarded``. The others are not read.
    PROXY_HEADERS: Literal["x-forwarded", "forwarded"] = "x-forwarded"
    #: Take the host from them too (``X-Forwarded-Host`` and ``-Port``, or ``host=``). Only where each proxy sets or
    #: removes them: many pass on what the client sent.
    PROXY_TRUST_HOST: bool = False


@dataclass(frozen=True, kw_only=True)
class RequestIdSettings:
    """Of ``RequestIdMiddleware``."""

    REQUEST_ID_HEADER: str = "X-Request-ID"
    #: Take the id that a client or proxy sends, where its form is right.
    REQUEST_ID_TRUST_INCOMING: bool = True
