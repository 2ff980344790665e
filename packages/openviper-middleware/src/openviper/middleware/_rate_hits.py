"""Which limits a request has to pass, and as whose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from openviper.core.router import ResolvedRoute
from openviper.core.types import Scope
from openviper.middleware._exempt_paths import ExemptPaths
from openviper.middleware._rate import Rate
from openviper.middleware._rate_keys import RateLimitKey, dotted_name, key_function
from openviper.middleware._rate_limits import Hit, Limit, limits_of
from openviper.middleware._rate_marks import MARKED, marks_of
from openviper.middleware._routes import route_of

__all__ = ["Hits", "marked_route"]


def marked_route(scope: Scope) -> ResolvedRoute | None:
    """Return the route that ``scope`` takes if its handler has limits of its own."""
    route = route_of(scope) if MARKED else None
    return route if route is not None and marks_of(route.handler) else None


class Hits:
    """Finds them.

    Args:
        rates: Those of all requests.
        key: Who shares them, and those of routes that do not say.
        exempt: For which paths ``rates`` do not hold.
    """

    def __init__(self, rates: Iterable[Rate], key: RateLimitKey, exempt: ExemptPaths | None) -> None:
        self.limits = limits_of("default", [(rate, key) for rate in rates])
        self.exempt = exempt
        self._key = key
        # By handler, template and type: a handler may have several routes. It is kept, so that its id is its own.
        self._routes: dict[tuple[int, str, str], tuple[Callable[..., Any], tuple[Limit, ...]]] = {}

    def of(self, scope: Scope, route: ResolvedRoute | None) -> list[Hit]:
        """Return the limits of a request, each with its key.

        Args:
            scope: The request's.
            route: What :func:`marked_route` returned for it.
        """
        hits: list[Hit] = []
        if self.limits and (self.exempt is None or not self.exempt.match(scope)):
            key = self._key(scope)
            if key is not None:
                hits = [(limit, key) for limit in self.limits]
        if route is not None:
            limits = self._limits_of(route, scope["type"])
            hits += [(limit, key) for limit in limits if (key := limit.key(scope)) is not None]
        return hits

    def _limits_of(self, route: ResolvedRoute, kind: str) -> tuple[Limit, ...]:
        place = (id(route.handler), route.path, kind)
        found = self._routes.get(place)
        if found is None:
            rates = [
                (mark.rate, self._key if mark.key is None else key_function(mark.key, "rate_limit(): key"))
                for mark in marks_of(route.handler)
            ]
            taker = f"{kind} {dotted_name(route.handler)}"
            found = self._routes[place] = (route.handler, limits_of("route", rates, route.path, taker))
        return found[1]
