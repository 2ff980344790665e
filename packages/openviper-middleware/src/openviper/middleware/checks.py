"""System checks of ``settings.MIDDLEWARE``: the order of this package's classes, and settings that do not suit them.

They are found by the entry point ``openviper.checks``; ``openviper viperctl check`` runs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openviper._settings.middleware import CSRFSettings, ProxySettings, RateLimitSettings
from openviper.conf import ImproperlyConfigured, section, settings
from openviper.core.checks import CheckMessage, Severity
from openviper.core.imports import module_exists
from openviper.core.signing import NEW_KEY_COMMAND, key_text
from openviper.core.types import Receive, Scope, Send
from openviper.middleware._listed import Listed, listed
from openviper.middleware._order_checks import check_order

__all__ = ["check_stack"]


def check_stack() -> Iterator[CheckMessage]:
    """Report what is out of order, cannot be built, does nothing, or is not fit for production."""
    try:
        entries = listed(settings.MIDDLEWARE)
        limits, proxies, csrf = section(RateLimitSettings), section(ProxySettings), section(CSRFSettings)
    except ImproperlyConfigured:
        # The core's check says what is wrong with them.
        return
    kinds = {entry.kind for entry in entries}
    yield from check_order(entries, limit_by_user=limits.RATE_LIMIT_KEY == "user")
    lacks_redis = "ratelimit" in kinds and limits.RATE_LIMIT_STORAGE != "memory" and not module_exists("redis")
    if lacks_redis:
        yield _extra()
    yield from _configuration([entry for entry in entries if not (lacks_redis and entry.kind == "ratelimit")])
    yield from _proxies(entries, proxies.TRUSTED_PROXIES)
    if csrf.CSRF_MODE == "token" and "csrf" in kinds and not key_text(settings.SECRET_KEY):
        yield _key()
    if not settings.DEBUG:
        yield from _hosts(kinds)


def _extra() -> CheckMessage:
    # Not the URL, which may hold a password.
    return CheckMessage(
        "openviper.middleware.redis",
        Severity.ERROR,
        "RATE_LIMIT_STORAGE names a Redis, and the package redis is not installed",
        hint="pip install 'openviper-middleware[redis]', or set RATE_LIMIT_STORAGE to 'memory'",
    )


def _configuration(entries: Sequence[Listed]) -> Iterator[CheckMessage]:
    """Build each class around nothing, so that what it refuses is known before a start."""
    for entry in entries:
        try:
            if entry.own is not None:
                entry.own(_nothing)
        except ImproperlyConfigured as error:
            yield CheckMessage(
                "openviper.middleware.configuration",
                Severity.ERROR,
                f"{entry} cannot be built: {str(error).splitlines()[0]}",
            )


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Stand for the application."""


def _proxies(entries: Sequence[Listed], trusted: tuple[str, ...]) -> Iterator[CheckMessage]:
    entry = next((each for each in entries if each.kind == "proxy"), None)
    if entry is None and trusted:
        yield CheckMessage(
            "openviper.middleware.proxy_missing",
            Severity.WARNING,
            "TRUSTED_PROXIES is set, and nothing in settings.MIDDLEWARE reads it: every client has the proxy's address",
            hint="list 'openviper.middleware.proxy.ProxyHeadersMiddleware' before what needs to know the client",
        )


def _key() -> CheckMessage:
    return CheckMessage(
        "openviper.middleware.csrf_key",
        Severity.ERROR,
        "CSRF_MODE is 'token', and there is no SECRET_KEY to sign tokens with: every form would fail",
        hint=f"set OPENVIPER_SECRET_KEY to what this prints: {NEW_KEY_COMMAND}",
    )


def _hosts(kinds: set[str]) -> Iterator[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        yield CheckMessage(
            "openviper.middleware.any_host",
            Severity.WARNING,
            "ALLOWED_HOSTS has '*', and DEBUG is off: links made of the Host header lead wherever a client says",
            hint="name the hosts of this project: 'example.org', or '.example.org' for all below it",
        )
    elif settings.ALLOWED_HOSTS and settings.MIDDLEWARE and "security" not in kinds:
        # Without any middleware it may be no web application.
        yield CheckMessage(
            "openviper.middleware.hosts_unchecked",
            Severity.WARNING,
            "ALLOWED_HOSTS is set, and nothing in settings.MIDDLEWARE checks the hosts of requests",
            hint="list 'openviper.middleware.security.SecurityMiddleware'",
        )
