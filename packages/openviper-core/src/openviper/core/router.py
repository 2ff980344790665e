"""The router's face: what middleware may ask of whatever router serves a request.

It is found in :data:`openviper.core.context.current_router`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from openviper.core.types import Scope

__all__ = ["ResolvedRoute", "Router"]


class ResolvedRoute(Protocol):
    """The route that a scope will take."""

    @property
    def path(self) -> str:
        """The route's template: ``/users/{id:int}``."""
        ...

    @property
    def handler(self) -> Callable[..., Any]:
        """The function that was registered, with the marks that decorators left on it."""
        ...

    @property
    def path_params(self) -> Mapping[str, Any]:
        """The converted values of the template's parameters."""
        ...


class Router(Protocol):
    """A router, as others see it."""

    def resolve(self, scope: Scope) -> ResolvedRoute | None:
        """Return the route that ``scope`` will take, or ``None`` where it will be a 404, a 405 or another framework's.

        A route of a router that is mounted in this one is found too; its ``path`` begins with the mount's.
        """
        ...

    def url_path_for(self, name: str, /, **path_params: Any) -> str:
        """Return the path of a named route."""
        ...
