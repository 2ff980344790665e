"""Paths of named routes, made while a request is served."""

from __future__ import annotations

from typing import Any

from openviper.core.context import current_request, current_router

__all__ = ["path_of_route"]


def path_of_route(name: str, /, **path_params: Any) -> str:
    """Return the path of a named route of the router in charge, with the prefix below which it is served.

    Raises:
        LookupError: No route has the name, the parameters do not fit, or no request is being served.
    """
    router, request = current_router.get(), current_request.get()
    if router is None or request is None:
        raise LookupError(f"the route name {name!r} can only be resolved while a request is served; give a URL")
    return str(request.scope.get("root_path", "")).rstrip("/") + str(router.url_path_for(name, **path_params))
