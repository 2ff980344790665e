"""The routes of an application in the order in which they are matched, to be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from openviper.routing import WEBSOCKET, Route, Router, handler_name
from openviper.routing._mount import Mount
from openviper.routing._tree import match_order

__all__ = ["ListedRoute", "as_json", "list_routes", "matching"]

# Where the marks of openviper-middleware stand on a handler.
_CSRF_EXEMPT = "csrf_exempt"
_RATE_LIMITS = "_openviper_rate_limits"


@dataclass(frozen=True, slots=True)
class ListedRoute:
    """A route, or a mounted application with those of its routes that are known."""

    #: HTTP methods, or ``WEBSOCKET`` or ``MOUNT`` alone.
    methods: tuple[str, ...]
    #: With the prefixes of the applications around it.
    path: str
    #: As ``url_path_for`` of the outermost application knows it; ``""``: it has none.
    name: str
    #: ``module:qualified.name``.
    handler: str
    #: ``csrf_exempt``, ``rate_limit 5/minute``.
    marks: tuple[str, ...] = ()
    routes: tuple[ListedRoute, ...] = ()


def list_routes(router: Router) -> list[ListedRoute]:
    """Return its routes as they are matched, then its mounts, the longest prefix first, each with its own routes.

    Raises:
        ImproperlyConfigured: Two routes are in each other's way.
    """
    return list(_routes_of(router, "", "", ()))


def matching(routes: Iterable[ListedRoute], pattern: str) -> list[ListedRoute]:
    """Return those whose path, name or handler has ``pattern`` in it, in any case; a mount also for one of its routes.

    Args:
        routes: As :func:`list_routes` returns them.
        pattern: With ``*`` or ``?`` the whole path, name or handler must be like it.
    """
    chosen: list[ListedRoute] = []
    for route in routes:
        inner = matching(route.routes, pattern)
        if any(_is_like(text, pattern) for text in (route.path, route.name, route.handler)):
            chosen.append(route)
        elif inner:
            chosen.append(replace(route, routes=tuple(inner)))
    return chosen


def as_json(route: ListedRoute) -> dict[str, Any]:
    """Return it as JSON has it; only a mount has ``routes``."""
    found: dict[str, Any] = {
        "methods": route.methods,
        "path": route.path,
        "name": route.name,
        "handler": route.handler,
        "marks": route.marks,
    }
    if route.methods == ("MOUNT",):
        found["routes"] = [as_json(each) for each in route.routes]
    return found


def _is_like(text: str, pattern: str) -> bool:
    text, pattern = text.lower(), pattern.lower()
    return fnmatchcase(text, pattern) if "*" in pattern or "?" in pattern else pattern in text


def _routes_of(router: Router, prefix: str, namespace: str, around: tuple[Router, ...]) -> Iterator[ListedRoute]:
    for route in sorted(router.table.routes, key=lambda each: match_order(each.template)):
        yield ListedRoute(
            tuple("WEBSOCKET" if method == WEBSOCKET else method for method in route.methods),
            prefix + route.path,
            namespace + route.name,
            handler_name(route.handler),
            tuple(_marks_of(route)),
        )
    for mount in router.table.mounts:
        yield _mounted(mount, prefix, namespace, (*around, router))


def _mounted(mount: Mount, prefix: str, namespace: str, around: tuple[Router, ...]) -> ListedRoute:
    app, handler = mount.app, handler_name(mount.app)
    path, name = prefix + mount.path, namespace + (mount.name or "")
    routes: tuple[ListedRoute, ...] = ()
    # An application that is mounted in itself would have no end.
    if isinstance(app, Router) and not any(app is each for each in around):
        routes = tuple(_routes_of(app, path, f"{name}:" if mount.name else "", around))
    return ListedRoute(("MOUNT",), path or "/", name if mount.name else "", handler, routes=routes)


def _marks_of(route: Route) -> Iterator[str]:
    handler: Callable[..., Any] = route.handler
    if getattr(handler, _CSRF_EXEMPT, False) is True:
        yield _CSRF_EXEMPT
    for mark in getattr(handler, _RATE_LIMITS, ()):
        yield f"rate_limit {mark.rate}"
    if route.max_body_bytes is not None:
        yield f"max_body_bytes {route.max_body_bytes}"
