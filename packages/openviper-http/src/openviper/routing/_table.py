"""Every route of an application, ready to be looked up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import closest

from ._handler import handler_name
from ._mount import Mount
from ._route import WEBSOCKET, Route
from ._tree import PathTree
from .errors import NoRouteFound

__all__ = ["RouteTable"]


class RouteTable:
    """An immutable look-up of routes and mounts.

    Args:
        routes: In order of registration.
        mounts: In order of registration; the longest prefix is tried first.

    Raises:
        ImproperlyConfigured: A method is registered twice for one path, or a name is given to two paths. All such
            pairs are in the message, a line each.
    """

    def __init__(self, routes: Iterable[Route], mounts: Iterable[Mount]) -> None:
        self.routes = tuple(routes)
        self.mounts = tuple(sorted(mounts, key=lambda mount: -len(mount.path)))
        self._tree: PathTree[Route] = PathTree()
        self._names: dict[str, Route] = {}
        problems: list[str] = []
        for route in self.routes:
            problems += self._add(route)
        for route in self.routes:
            if "GET" in route.methods:
                self._tree.slot(route.template).setdefault("HEAD", route)
        if problems:
            raise ImproperlyConfigured("\n".join(problems))

    def _add(self, route: Route) -> list[str]:
        by_method = self._tree.slot(route.template)
        problems = [
            f"{method} {route.path} is registered twice: "
            f"{handler_name(by_method[method].handler)} and {handler_name(route.handler)}"
            for method in route.methods
            if method in by_method
        ]
        by_method.update(dict.fromkeys(route.methods, route))
        known = self._names.setdefault(route.name, route)
        if known.path != route.path and route.named:
            if known.named:
                problems.append(f"the route name {route.name!r} is given twice: {known.path} and {route.path}")
            self._names[route.name] = route
        return problems

    def find(self, path: str, method: str) -> tuple[Route, dict[str, Any]] | None:
        """Return the route for a path and its parameters by name, or ``None``."""
        by_method = self._tree.exact.get(path)
        if by_method is not None and (fixed := by_method.get(method)) is not None:
            return fixed, {}
        found = self._tree.find(path, method)
        if found is None:
            return None
        route, values = found
        return route, dict(zip(route.template.names, values, strict=True))

    def methods(self, path: str) -> tuple[str, ...]:
        """Return the HTTP methods that ``path`` allows, sorted; none where it is unknown."""
        keys = self._tree.keys(path)
        return tuple(sorted(keys - {WEBSOCKET})) if keys else ()

    def serves(self, path: str, method: str) -> bool:
        """Tell whether a route or a mount would take the request."""
        return self._tree.find(path, method) is not None or self.mount(path) is not None

    def mount(self, path: str) -> Mount | None:
        """Return the mount that serves ``path``."""
        for mount in self.mounts:
            if mount.covers(path):
                return mount
        return None

    def __bool__(self) -> bool:
        """Whether anything is registered."""
        return bool(self.routes or self.mounts)

    def url_path_for(self, name: str, path_params: dict[str, Any]) -> str:
        """Return the path of a named route, of ``MOUNT:ROUTE`` inside a mounted router, or a file's in a mount.

        Raises:
            NoRouteFound: There is none of that name, or the parameters do not fit.
        """
        route = self._names.get(name)
        if route is not None:
            try:
                return route.template.format(path_params)
            except ValueError as error:
                raise NoRouteFound(f"route {name!r}: {error}") from error
        for mount in self.mounts:
            if mount.name is not None and (name == mount.name or name.startswith(mount.name + ":")):
                return mount.path + _path_inside(mount, name, path_params)
        raise NoRouteFound(f"there is no route named {name!r}{closest(name, self._names)}")


def _path_inside(mount: Mount, name: str, path_params: dict[str, Any]) -> str:
    if name == mount.name:
        if set(path_params) != {"path"}:
            raise NoRouteFound(f"mount {name!r} takes one parameter, path")
        return "/" + quote(str(path_params["path"]).lstrip("/"))
    url_path_for = getattr(mount.app, "url_path_for", None)
    if url_path_for is None:
        raise NoRouteFound(f"mount {mount.name!r}: {type(mount.app).__name__} has no named routes")
    return str(url_path_for(name[len(mount.name or "") + 1 :], **path_params))
