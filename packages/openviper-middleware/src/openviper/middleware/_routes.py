"""Where a request goes inside the application: its path there, and the route that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.core.context import current_router

if TYPE_CHECKING:
    from openviper.core.router import ResolvedRoute, Router
    from openviper.core.types import Scope

__all__ = ["app_path", "route_of", "router_of"]


def app_path(scope: Scope) -> str:
    """Return ``path`` without ``root_path``, as the router does; ``/`` where nothing is left."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    if root and (path == root or path.startswith(f"{root}/")):
        return path[len(root) :] or "/"
    return path


def router_of(scope: Scope) -> Router | None:
    """Return the router that serves the request, ``None`` where it is none of ours."""
    router: Router | None = current_router.get()
    # In an application that is mounted, and is none of ours, the router is that of the application around it.
    return router if scope.get("router") is router else None


def route_of(scope: Scope) -> ResolvedRoute | None:
    """Return the route that the request takes, ``None`` where no router tells."""
    router = router_of(scope)
    return None if router is None else router.resolve(scope)
