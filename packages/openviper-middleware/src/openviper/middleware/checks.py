"""System checks of ``settings.MIDDLEWARE``: the order of this package's classes, and settings that do not suit them.

They are found by the entry point ``openviper.checks``; ``openviper viperctl check`` runs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openviper._settings.middleware import CORSSettings, CSRFSettings, ProxySettings, RateLimitSettings
from openviper.conf import ImproperlyConfigured, section, settings
from openviper.core.checks import CheckMessage, Severity
from openviper.core.imports import module_exists
from openviper.core.signing import NEW_KEY_COMMAND, key_text
from openviper.core.types import Receive, Scope, Send
from openviper.middleware._host_checks import check_hosts
from openviper.middleware._listed import Listed, listed
from openviper.middleware._order_checks import check_order, check_repeated
from openviper.middleware._redis_gcra import SCHEMES
from openviper.middleware._setting_checks import check_csrf_origins, check_proxies

__all__ = ["check_stack"]


def check_stack() -> Iterator[CheckMessage]:
    """Report what is out of order, cannot be built, does nothing, or is not fit for production."""
    try:
        entries = listed(settings.MIDDLEWARE)
        limits, proxies = section(RateLimitSettings), section(ProxySettings)
        cors, csrf = section(CORSSettings), section(CSRFSettings)
    except ImproperlyConfigured:
        # The core's check says what is wrong with them.
        return
    kinds = {entry.kind for entry in entries}
    yield from check_repeated(entries)
    entries = [entry for index, entry in enumerate(entries) if not any(map(entry.repeats, entries[:index]))]
    yield from check_order(entries, limit_by_user=limits.RATE_LIMIT_KEY == "user")
    names_redis = limits.RATE_LIMIT_STORAGE.startswith(SCHEMES)
    lacks_redis = "ratelimit" in kinds and names_redis and not module_exists("redis")
    if lacks_redis:
        yield _extra()
    yield from _configuration([entry for entry in entries if not (lacks_redis and entry.kind == "ratelimit")])
    yield from check_proxies(entries, proxies.TRUSTED_PROXIES, debug=settings.DEBUG)
    yield from check_csrf_origins(entries, cors, csrf)
    if csrf.CSRF_MODE == "token" and "csrf" in kinds and not key_text(settings.SECRET_KEY):
        yield _key()
    if not settings.DEBUG:
        yield from check_hosts(entries)


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


def _key() -> CheckMessage:
    return CheckMessage(
        "openviper.middleware.csrf_key",
        Severity.ERROR,
        "CSRF_MODE is 'token', and there is no SECRET_KEY to sign tokens with: every form would fail",
        hint=f"set OPENVIPER_SECRET_KEY to what this prints: {NEW_KEY_COMMAND}",
    )
