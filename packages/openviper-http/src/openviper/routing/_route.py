"""One route, and a route that was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from openviper.core.errors import ImproperlyConfigured

from ._handler import Call, bind_handler, handler_name, is_async
from ._pattern import PathTemplate

__all__ = ["HTTP_METHODS", "WEBSOCKET", "Match", "Route"]

#: RFC 9110, 9, without CONNECT and TRACE; and RFC 5789.
HTTP_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

#: The key under which websocket routes stand beside those of HTTP methods. No method can be called so: a client chooses
#: its method freely (RFC 9110, 5.6.2), and must not reach a websocket handler by it.
WEBSOCKET = "<websocket>"


@dataclass(frozen=True, slots=True)
class Route:
    """A handler for a path and some methods."""

    template: PathTemplate
    #: HTTP methods in upper case, or ``(WEBSOCKET,)``.
    methods: tuple[str, ...]
    handler: Callable[..., Any]
    name: str
    #: Whether the user gave the name, or the handler's own is used.
    named: bool
    #: In bytes; ``None``: the setting ``MAX_BODY_BYTES``.
    max_body_bytes: int | None = None
    call: Call = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not callable(self.handler):
            raise ImproperlyConfigured(
                f"{self.template.text!r}: {self.handler!r} is not a handler; expected a function"
            )
        if unknown := [method for method in self.methods if method not in (*HTTP_METHODS, WEBSOCKET)]:
            known = ", ".join(HTTP_METHODS)
            raise ImproperlyConfigured(f"{self.template.text!r}: {unknown[0]!r} is not a method ({known})")
        if WEBSOCKET in self.methods and not is_async(self.handler):
            raise ImproperlyConfigured(f"websocket handler {handler_name(self.handler)} is not 'async def'")
        object.__setattr__(self, "call", bind_handler(self.handler, self.template))

    @property
    def path(self) -> str:
        """The template as it was written, prefixes included."""
        return self.template.text

    def under(self, prefix: str, namespace: str | None) -> Route:
        """Return this route as it stands in a router that includes it."""
        name = f"{namespace}:{self.name}" if namespace else self.name
        return replace(self, template=PathTemplate.parse(prefix + self.path), name=name)


@dataclass(frozen=True, slots=True)
class Match:
    """The route that a scope takes; see :class:`openviper.core.router.ResolvedRoute`."""

    route: Route
    path_params: dict[str, Any]
    #: Where the application that has the route is mounted.
    prefix: str = ""

    @property
    def path(self) -> str:
        return self.prefix + self.route.path

    @property
    def handler(self) -> Callable[..., Any]:
        return self.route.handler
