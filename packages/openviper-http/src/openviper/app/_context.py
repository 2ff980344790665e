"""The context variables of a request: as they have to be when it begins, and put back when it ends."""

from __future__ import annotations

from contextvars import Token
from typing import Any, TypeAlias

from starlette.requests import HTTPConnection

from openviper.core.context import (
    current_request,
    current_request_id,
    current_router,
    current_user,
    ignore_permissions_ctx,
    request_perms_cache,
)

__all__ = ["Entered", "enter_mounted", "enter_request", "leave_request"]

#: The tokens of what is always set, and the values that the other variables had; ``None``: those were not looked at.
Entered: TypeAlias = tuple[Token[Any], Token[Any], tuple[Any, str | None, bool, dict[str, bool] | None] | None]


def enter_request(connection: HTTPConnection, router: object) -> Entered:
    """Set every variable to what belongs to this request.

    What the task brought along is not trusted: a server that pipelines begins a request inside the task of the one
    before (uvicorn does), whose handler may have left something. What middleware around the application knows, it has
    put into the scope.
    """
    scope = connection.scope
    state = scope.get("state")
    before = (current_user.get(), current_request_id.get(), ignore_permissions_ctx.get(), request_perms_cache.get())
    _put(scope.get("user"), state.get("request_id") if state else None, False, None)
    return current_request.set(connection), current_router.set(router), before


def enter_mounted(connection: HTTPConnection, router: object) -> Entered:
    """Set what differs inside a mounted application; the rest is the request's that is being served."""
    return current_request.set(connection), current_router.set(router), None


def leave_request(entered: Entered) -> None:
    """Put back what was set, and whatever the request left in the other variables."""
    request, router, before = entered
    if before is not None:
        _put(*before)
    current_router.reset(router)
    current_request.reset(request)


def _put(user: Any, request_id: str | None, ignore: bool, permissions: dict[str, bool] | None) -> None:
    # Most requests find and leave them as they have to be; to look costs a third of setting and resetting.
    if current_user.get() is not user:
        current_user.set(user)
    if current_request_id.get() is not request_id:
        current_request_id.set(request_id)
    if ignore_permissions_ctx.get() is not ignore:
        ignore_permissions_ctx.set(ignore)
    if request_perms_cache.get() is not permissions:
        request_perms_cache.set(permissions)
