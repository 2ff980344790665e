"""Registering routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from starlette.datastructures import URLPath

from openviper.core.errors import ImproperlyConfigured
from openviper.core.types import ASGIApp, Scope

from ._handler import handler_name
from ._mount import Mount, mount_path, path_of
from ._pattern import PathTemplate
from ._route import WEBSOCKET, Match, Route
from ._table import RouteTable

__all__ = ["Router"]

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Included:
    router: Router
    prefix: str
    namespace: str | None


class Router:
    """A collection of routes, other routers and mounted applications.

    Args:
        prefix: In front of the path of every route here, ``/api``; it may have parameters.

    Raises:
        ValueError: ``prefix`` is not a path.

    Routes that differ by method share a path; GET answers HEAD too. Of two templates that match one path the more
    specific is taken: text before a parameter, ``{id:int}`` and ``{id:uuid}`` before ``{name}``, and ``{rest:path}``
    last; the order of registration does not matter.
    """

    def __init__(self, prefix: str = "") -> None:
        if prefix:
            PathTemplate.parse(prefix)
        self.prefix = prefix.rstrip("/")
        self._entries: list[Route | Included | Mount] = []
        self._parents: list[Router] = []
        self._table: RouteTable | None = None

    def route(
        self,
        path: str,
        *,
        methods: Sequence[str] = ("GET",),
        name: str | None = None,
        max_body_bytes: int | None = None,
    ) -> Callable[[Handler], Handler]:
        """Register the decorated handler.

        Args:
            path: ``/users/{id:int}``; convertors ``str`` (the default), ``int``, ``uuid`` and ``path``.
            methods: In any case.
            name: For ``url_for`` and ``RedirectResponse``; ``None``: the handler's own.
            max_body_bytes: The largest request body; ``None``: the setting ``MAX_BODY_BYTES``.

        Raises:
            ValueError: The path is no template, or the handler asks for something that is not in it.
        """

        _refuse_bare_decorator(path)

        def register(handler: Handler) -> Handler:
            self.add_route(path, handler, methods=methods, name=name, max_body_bytes=max_body_bytes)
            return handler

        return register

    def add_route(
        self,
        path: str,
        handler: Callable[..., Any],
        *,
        methods: Sequence[str] = ("GET",),
        name: str | None = None,
        max_body_bytes: int | None = None,
    ) -> None:
        """Register ``handler``; see :meth:`route`."""
        if isinstance(methods, str):
            raise ImproperlyConfigured(f"{path!r}: methods={methods!r} is a string; write ({methods!r},)")
        upper = tuple(dict.fromkeys(method if method == WEBSOCKET else method.upper() for method in methods))
        own_name = getattr(handler, "__name__", type(handler).__name__)
        template = PathTemplate.parse(self.prefix + path if path != "" or not self.prefix else self.prefix)
        self._append(Route(template, upper, handler, name or own_name, name is not None, max_body_bytes))

    def get(self, path: str, *, name: str | None = None) -> Callable[[Handler], Handler]:
        """Register a handler for GET and HEAD; see :meth:`route`."""
        return self.route(path, methods=("GET",), name=name)

    def post(
        self, path: str, *, name: str | None = None, max_body_bytes: int | None = None
    ) -> Callable[[Handler], Handler]:
        """Register a handler for POST; see :meth:`route`."""
        return self.route(path, methods=("POST",), name=name, max_body_bytes=max_body_bytes)

    def put(
        self, path: str, *, name: str | None = None, max_body_bytes: int | None = None
    ) -> Callable[[Handler], Handler]:
        """Register a handler for PUT; see :meth:`route`."""
        return self.route(path, methods=("PUT",), name=name, max_body_bytes=max_body_bytes)

    def patch(
        self, path: str, *, name: str | None = None, max_body_bytes: int | None = None
    ) -> Callable[[Handler], Handler]:
        """Register a handler for PATCH; see :meth:`route`."""
        return self.route(path, methods=("PATCH",), name=name, max_body_bytes=max_body_bytes)

    def delete(
        self, path: str, *, name: str | None = None, max_body_bytes: int | None = None
    ) -> Callable[[Handler], Handler]:
        """Register a handler for DELETE; see :meth:`route`."""
        return self.route(path, methods=("DELETE",), name=name, max_body_bytes=max_body_bytes)

    def options(self, path: str, *, name: str | None = None) -> Callable[[Handler], Handler]:
        """Register a handler for OPTIONS; see :meth:`route`."""
        return self.route(path, methods=("OPTIONS",), name=name)

    def websocket(self, path: str, *, name: str | None = None) -> Callable[[Handler], Handler]:
        """Register an ``async def`` handler for websocket connections; see :meth:`route`."""
        return self.route(path, methods=(WEBSOCKET,), name=name)

    def include_router(self, router: Router, prefix: str = "", *, namespace: str | None = None) -> None:
        """Take in the routes of another router, also those that it gets later.

        Args:
            router: May be included several times, under different prefixes.
            prefix: In front of its own.
            namespace: Makes the names of its routes ``NAMESPACE:NAME``.

        Raises:
            ValueError: The routers would include each other in a cycle.
        """
        if router is self or self in router.descendants():
            raise ValueError(f"include_router({prefix!r}): the router would include itself")
        if prefix:
            PathTemplate.parse(prefix)
        self._append(Included(router, self.prefix + prefix.rstrip("/"), namespace))
        router._parents.append(self)

    def mount(self, path: str, app: ASGIApp, *, name: str | None = None, lifespan: bool = True) -> None:
        """Serve everything below ``path`` by another ASGI application.

        Args:
            path: Fixed text.
            app: Sees the whole path, and ``path`` at the end of ``root_path``.
            name: For ``url_for``: ``NAME:ROUTE`` is a route of the mounted application.
            lifespan: Run its lifespan inside ours.

        Raises:
            ValueError: ``path`` has parameters, or ``app`` cannot be called.
        """
        if not callable(app):
            raise ImproperlyConfigured(f"mount({path!r}): {app!r} is not an ASGI application")
        self._append(Mount(mount_path(self.prefix + path), app, name, lifespan))

    @property
    def table(self) -> RouteTable:
        """Every route and mount, ready to be looked up; made anew after each registration.

        Raises:
            ImproperlyConfigured: Two routes are in each other's way.
        """
        if self._table is None:
            entries = list(self._flatten("", None))
            self._table = RouteTable(
                [entry for entry in entries if isinstance(entry, Route)],
                [entry for entry in entries if isinstance(entry, Mount)],
            )
        return self._table

    def resolve(self, scope: Scope) -> Match | None:
        """Return the route that ``scope`` will take; see :class:`openviper.core.router.Router`."""
        if scope["type"] not in ("http", "websocket"):
            return None
        method = scope["method"] if scope["type"] == "http" else WEBSOCKET
        path = path_of(scope)
        found = self.table.find(path, method)
        return self._resolve_mounted(path, scope) if found is None else Match(*found)

    def _resolve_mounted(self, path: str, scope: Scope) -> Match | None:
        mount = self.table.mount(path)
        if mount is None or not isinstance(mount.app, Router):
            return None
        found = mount.app.resolve(mount.child_scope(scope))
        return None if found is None else replace(found, prefix=mount.path + found.prefix)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Return the path of a named route, percent-encoded.

        Raises:
            NoRouteFound: There is none of that name, or the parameters do not fit.
        """
        return URLPath(self.table.url_path_for(name, path_params))

    def descendants(self) -> Iterator[Router]:
        """Yield every router that is included here, at any depth."""
        for entry in self._entries:
            if isinstance(entry, Included):
                yield entry.router
                yield from entry.router.descendants()

    def _append(self, entry: Route | Included | Mount) -> None:
        self._entries.append(entry)
        self._changed()

    def _changed(self) -> None:
        self._table = None
        for parent in self._parents:
            parent._changed()

    def _flatten(self, prefix: str, namespace: str | None) -> Iterator[Route | Mount]:
        for entry in self._entries:
            if isinstance(entry, Route):
                yield entry.under(prefix, namespace) if prefix or namespace else entry
            elif isinstance(entry, Mount):
                yield Mount(mount_path(prefix + entry.path), entry.app, entry.name, entry.lifespan)
            else:
                inner = ":".join(filter(None, (namespace, entry.namespace))) or None
                yield from entry.router._flatten(prefix + entry.prefix, inner)


def _refuse_bare_decorator(path: object) -> None:
    if callable(path):
        raise ImproperlyConfigured(f"{handler_name(path)} stands where a path is expected; write @app.get('/path')")
