"""The arguments of ``RateLimitMiddleware``, or the settings in their place, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from openviper._settings.middleware import RateLimitSettings
from openviper.conf import ImproperlyConfigured, section
from openviper.middleware._exempt_paths import ExemptPaths
from openviper.middleware._rate import Rate, parse_rate
from openviper.middleware._rate_keys import RateLimitKey, key_function
from openviper.middleware._rate_storage import RateLimitStorage
from openviper.middleware._redis_gcra import SCHEMES, RedisStorage

__all__ = ["RateLimitOptions"]


class RateLimitOptions:
    """What a middleware was given.

    Args:
        given: Its arguments by name; for those that are ``None`` the settings are read.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def limits(self) -> list[Rate]:
        """Return the rates that hold for all requests."""
        values, place = self._strings("limits")
        rates: list[Rate] = []
        for index, value in enumerate(values):
            rate = parse_rate(value, f"{place}[{index}]")
            if rate in rates:
                raise ImproperlyConfigured(f"{place}[{index}]={value!r} stands there twice")
            rates.append(rate)
        return rates

    def key(self) -> RateLimitKey:
        """Return what says who shares a limit."""
        return key_function(*self._option("key"))

    def max_keys(self) -> int:
        """Return how many keys of a limit the memory keeps apart."""
        value, place = self._option("max_keys")
        if type(value) is not int or value < 1:
            raise ImproperlyConfigured(f"{place}={value!r} is not a number of keys; expected an int, 1 or more")
        return value

    def storage(self) -> RateLimitStorage | None:
        """Return where requests are counted; ``None``: in the memory of this process."""
        value, place = self._option("storage")
        if value == "memory":
            return None
        if isinstance(value, str) and value.startswith(SCHEMES):
            return RedisStorage(value, place)
        if isinstance(value, str) or not callable(getattr(value, "take", None)):
            # Not its value, which may hold a password.
            raise ImproperlyConfigured(
                f"{place} is no storage; expected 'memory', a URL (redis://host:6379/0, rediss://, unix://), "
                "or an object with an async take(demands)"
            )
        return cast("RateLimitStorage", value)

    def lets_pass_on_failure(self) -> bool:
        """Whether requests pass uncounted when the storage fails."""
        value, place = self._option("on_failure")
        if value not in ("open", "closed"):
            raise ImproperlyConfigured(f"{place}={value!r} is not one of 'open', 'closed'")
        return bool(value == "open")

    def exempt_paths(self) -> ExemptPaths | None:
        """Return the paths that are not counted, ``None`` for none."""
        values, place = self._strings("exempt_paths")
        return ExemptPaths(values, place) if values else None

    def legacy_headers(self) -> bool:
        """Whether ``X-RateLimit-*`` are sent."""
        value, place = self._option("legacy_headers")
        if not isinstance(value, bool):
            raise ImproperlyConfigured(f"{place}={value!r} is not a bool")
        return value

    def _option(self, name: str) -> tuple[Any, str]:
        """Return a value, and where it stands."""
        if self._given[name] is not None:
            return self._given[name], name
        setting = "RATE_LIMITS" if name == "limits" else f"RATE_LIMIT_{name.upper()}"
        return getattr(section(RateLimitSettings), setting), setting

    def _strings(self, name: str) -> tuple[tuple[Any, ...], str]:
        values, place = self._option(name)
        if isinstance(values, str):
            raise ImproperlyConfigured(f"{place}={values!r} is one string; expected a sequence: ({values!r},)")
        if not isinstance(values, list | tuple):
            raise ImproperlyConfigured(f"{place} is {type(values).__name__}; expected a tuple or list of strings")
        return tuple(cast("Sequence[Any]", values)), place
