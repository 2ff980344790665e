"""Limits of single routes, as marks on their handlers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from openviper.conf import ImproperlyConfigured
from openviper.middleware._rate import Rate, parse_rate
from openviper.middleware._rate_keys import RateLimitKey, key_function

__all__ = ["MARKED", "Mark", "marks_of", "rate_limit"]

Handler = TypeVar("Handler", bound=Callable[..., Any])

_ATTRIBUTE = "_openviper_rate_limits"

#: Not empty once a handler is marked: until then nobody has to ask which route a request takes.
MARKED: list[bool] = []


class Mark(NamedTuple):
    """One limit of a handler."""

    rate: Rate
    #: ``None``: the middleware's.
    key: str | RateLimitKey | None


def rate_limit(*rates: str, key: str | RateLimitKey | None = None) -> Callable[[Handler], Handler]:
    """Limit the route of the decorated handler, in addition to what holds for all of them::

        @app.post("/login")
        @rate_limit("5/minute", "20/hour")
        async def login(request): ...

    Each route, which is a handler and its path, has its own count for each key. ``RateLimitMiddleware`` enforces it,
    and has to be listed; it sees the routes of the :class:`~openviper.core.router.Router` that serves the request and
    those of OpenViper applications that are mounted in it; not those of another framework.

    Args:
        rates: ``5/minute``, ``100/hour``; a request has to pass all.
        key: Who shares the limit, as for ``RateLimitMiddleware``; ``None``: as there.

    Raises:
        ImproperlyConfigured: A rate or the key is none, or the handler takes no marks.
    """
    if not rates:
        raise ImproperlyConfigured("rate_limit() names no rate; expected one or more: rate_limit('5/minute')")
    if callable(rates[0]):
        raise ImproperlyConfigured('rate_limit is used without its rates; write @rate_limit("5/minute")')
    marks = tuple(Mark(parse_rate(rate, f"rate_limit(): rates[{index}]"), key) for index, rate in enumerate(rates))
    if key is not None and not (isinstance(key, str) and ("." in key or ":" in key)):
        # A dotted path is imported by the first request: here its module may be the one that is being imported.
        key_function(key, "rate_limit(): key")

    def mark(handler: Handler) -> Handler:
        try:
            setattr(handler, _ATTRIBUTE, (*marks_of(handler), *marks))
        except AttributeError:
            raise ImproperlyConfigured(f"rate_limit() cannot mark {handler!r}; expected a function") from None
        MARKED[:] = [True]
        return handler

    return mark


def marks_of(handler: Callable[..., Any]) -> tuple[Mark, ...]:
    """Return the limits of ``handler``."""
    marks: tuple[Mark, ...] = getattr(handler, _ATTRIBUTE, ())
    return marks
