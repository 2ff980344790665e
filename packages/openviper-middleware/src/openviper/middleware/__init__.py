"""Pure ASGI middleware: each class works in ``settings.MIDDLEWARE`` and around any ASGI application.

Each class can be imported from here, and is listed in the settings by this name or that of its module::

    from openviper.middleware import CORSMiddleware

Importing this package imports none of them. The modules, in the order in which they stand in a stack, the outermost
first:

- ``requestid``: an id for every request, in the scope, the response and the log.
- ``proxy``: who the client is, where a reverse proxy stands in between.
- ``security``: host checking, the redirect to HTTPS, and the headers that tell browsers what a site never does.
- ``cors``: which other sites' scripts may call this one.
- ``error``: an answer for what nobody handled.
- ``csrf``: the refusal of what pages of other sites make a browser send.
- ``ratelimit``: how many requests a client may make.

And for all of them:

- ``base``: the contract, for middleware of your own.
- ``checks``: system checks of the list in the settings; ``_listed`` reads it, ``_order_checks`` looks at its order.
- ``_options``: the arguments of a middleware, behind them the settings, and what either may be.
- ``_exempt_paths``, ``_routes``: the paths that a middleware leaves alone, and where a request goes inside the
  application.
- ``_hosts``, ``_origins``, ``_tokens``: what a host is, an origin, and the name of a header, cookie or method.

The other modules belong to one middleware each:

- of ``proxy``: ``_trusted`` (which hops are trusted, and who of them is the client), ``_forwarded`` (what they write).
- of ``security``: ``_security_options`` and ``_presets`` (what is asked for), ``_security_headers``, ``_csp`` and
  ``_nonce`` (what is sent), ``_https_redirect``.
- of ``cors``: ``_cors_policy`` (what is allowed), ``_origin_patterns`` (which origins are), ``_preflight``.
- of ``csrf``: ``_csrf_options``, ``_csrf_origin`` (the headers that no page can forge), ``_csrf_token`` and
  ``_csrf_cookie`` (the token), ``_csrf_body`` and ``_form_field`` (the token in a form), ``_csrf_exempt`` (the mark).
- of ``ratelimit``: ``_rate_options``, ``_rate`` (``5/minute``), ``_rate_marks`` (limits of single routes),
  ``_rate_hits`` (which limits a request has to pass), ``_rate_keys`` (as whose), ``_rate_storage``, ``_gcra`` and
  ``_redis_gcra`` (where it is counted), ``_rate_limits`` (what headers say of it), ``_workers`` (whether there are
  other processes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openviper.middleware.base import BaseMiddleware, MiddlewareEntry, PlainMiddleware, build_middleware_stack
    from openviper.middleware.cors import CORSMiddleware, CORSSettings
    from openviper.middleware.csrf import CSRFMiddleware, CSRFSettings, csrf_exempt
    from openviper.middleware.error import ServerErrorMiddleware
    from openviper.middleware.proxy import ProxyHeadersMiddleware, ProxySettings
    from openviper.middleware.ratelimit import (
        Rate,
        RateLimitMiddleware,
        RateLimitSettings,
        RateLimitStorage,
        rate_limit,
    )
    from openviper.middleware.requestid import RequestIdFilter, RequestIdMiddleware, RequestIdSettings
    from openviper.middleware.security import SecurityMiddleware, SecuritySettings

__all__ = [
    "BaseMiddleware",
    "CORSMiddleware",
    "CORSSettings",
    "CSRFMiddleware",
    "CSRFSettings",
    "MiddlewareEntry",
    "PlainMiddleware",
    "ProxyHeadersMiddleware",
    "ProxySettings",
    "Rate",
    "RateLimitMiddleware",
    "RateLimitSettings",
    "RateLimitStorage",
    "RequestIdFilter",
    "RequestIdMiddleware",
    "RequestIdSettings",
    "SecurityMiddleware",
    "SecuritySettings",
    "ServerErrorMiddleware",
    "build_middleware_stack",
    "csrf_exempt",
    "rate_limit",
]

_MODULES = {
    "BaseMiddleware": "base",
    "CORSMiddleware": "cors",
    "CORSSettings": "cors",
    "CSRFMiddleware": "csrf",
    "CSRFSettings": "csrf",
    "MiddlewareEntry": "base",
    "PlainMiddleware": "base",
    "ProxyHeadersMiddleware": "proxy",
    "ProxySettings": "proxy",
    "Rate": "ratelimit",
    "RateLimitMiddleware": "ratelimit",
    "RateLimitSettings": "ratelimit",
    "RateLimitStorage": "ratelimit",
    "RequestIdFilter": "requestid",
    "RequestIdMiddleware": "requestid",
    "RequestIdSettings": "requestid",
    "SecurityMiddleware": "security",
    "SecuritySettings": "security",
    "ServerErrorMiddleware": "error",
    "build_middleware_stack": "base",
    "csrf_exempt": "csrf",
    "rate_limit": "ratelimit",
}


def __getattr__(name: str) -> Any:
    # Whoever lists one class does not pay for the others.
    if name in _MODULES:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
