"""The arguments of ``RateLimitMiddleware``, or the settings in their place, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from openviper._settings.middleware import RateLimitSettings
from openviper.conf import ImproperlyConfigured
from openviper.middleware._exempt_paths import ExemptPaths
from openviper.middleware._options import Options
from openviper.middleware._rate import Rate, parse_rate
from openviper.middleware._rate_keys import RateLimitKey, key_function
from openviper.middleware._rate_storage import RateLimitStorage
from openviper.middleware._redis_gcra import SCHEMES, RedisStorage

__all__ = ["RateLimitOptions"]

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{0,30}://)")


class RateLimitOptions:
    """What a middleware was given.

    Args:
        given: Its arguments by name; for those that are ``None`` the settings are read.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._options = Options(given, RateLimitSettings, "RATE_LIMIT_", {"limits": "RATE_LIMITS"})

    def limits(self) -> list[Rate]:
        """Return the rates that hold for all requests."""
        option = self._options["limits"]
        rates = option.each(lambda item: parse_rate(*item))
        for index, item in enumerate(option.items()):
            if rates[index] in rates[:index]:
                first = option.items()[rates.index(rates[index])]
                raise ImproperlyConfigured(f"{item} is the same rate as {first}; leave one of them out")
        return rates

    def key(self) -> RateLimitKey:
        """Return what says who shares a limit."""
        return key_function(*self._options["key"])

    def max_keys(self) -> int:
        """Return how many keys of a limit the memory keeps apart."""
        return self._options["max_keys"].whole("a number of keys, 1 or more", least=1)

    def storage(self) -> RateLimitStorage | None:
        """Return where requests are counted; ``None``: in the memory of this process."""
        value, place = self._options["storage"]
        if value == "memory":
            return None
        if isinstance(value, str) and value.startswith(SCHEMES):
            return RedisStorage(value, place)
        if isinstance(value, str) or not callable(getattr(value, "take", None)):
            # Not its value, which may hold a password.
            raise ImproperlyConfigured(
                f"{place} {_scheme(value)}is no storage; expected 'memory', a URL (redis://host:6379/0, rediss://, "
                "unix://), or an object with an async take(demands)"
            )
        return cast("RateLimitStorage", value)

    def is_open_on_failure(self) -> bool:
        """Whether requests are counted in memory when the storage fails, and not refused."""
        return self._options["on_failure"].one_of(("open", "closed")) == "open"

    def exempt_paths(self) -> ExemptPaths | None:
        """Return the paths that are not counted, ``None`` for none."""
        return ExemptPaths(self._options["exempt_paths"]) or None

    def legacy_headers(self) -> bool:
        """Whether ``X-RateLimit-*`` are sent."""
        return self._options["legacy_headers"].flag()


def _scheme(value: object) -> str:
    """Return how a URL begins, for an error sentence."""
    match = _SCHEME.match(value) if isinstance(value, str) else None
    return f"begins with {match[1]!r}, which " if match else ""
