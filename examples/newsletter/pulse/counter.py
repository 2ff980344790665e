"""Counting."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

__all__ = ["Pulse"]


class Pulse:
    """Pages served by this process since it started; used on the event loop only."""

    def __init__(self) -> None:
        self.since = datetime.now(UTC).replace(microsecond=0)
        # By route, not by path: there are as many routes as somebody wrote, and as many paths as somebody asks for.
        self._routes: Counter[str] = Counter()

    def record(self, route: str) -> None:
        """Count one page: ``route`` is its template, ``/issues/{number:int}``."""
        self._routes[route] += 1

    @property
    def pages(self) -> int:
        """All of them."""
        return self._routes.total()

    @property
    def by_route(self) -> list[tuple[str, int]]:
        """Each route with its pages, the most read first."""
        return self._routes.most_common()
