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

#: The tokens of two that are always set, then what the others were: user, request id, ignore permissions, permissions.
Entered: TypeAlias = tuple[Token[Any], Token[Any], Any, str | None, bool, dict[str, bool] | None]


def enter_request(connection: HTTPConnection, router: object) -> Entered:
    """Set every variable to what belongs to this request.

    What the task brought along is not trusted: a server that pipelines begins a request inside the task of the one
    before (uvicorn does), whose handler may have left something. What middleware around the application knows, it has
    put into the scope.
    """
    scope = connection.scope
    state = scope.get("state")
    user, request_id = scope.get("user"), state.get("request_id") if state else None
    had_user, had_id = current_user.get(), current_request_id.get()
    ignored, permissions = ignore_permissions_ctx.get(), request_perms_cache.get()
    # Most requests find these as they have to be, and leave them so; to look costs a sixth of setting and resetting.
    if had_user is not user:
        current_user.set(user)
    if had_id is not request_id:
        current_request_id.set(request_id)
    if ignored:
        ignore_permissions_ctx.set(False)
    if permissions is not None:
        request_perms_cache.set(None)
    return current_request.set(connection), current_router.set(router), had_user, had_id, ignored, permissions


def enter_mounted(connection: HTTPConnection, router: object) -> Entered:
    """Set what differs inside a mounted application; the rest stays the request's that is being served."""
    tokens = current_request.set(connection), current_router.set(router)
    rest = current_user.get(), current_request_id.get(), ignore_permissions_ctx.get(), request_perms_cache.get()
    return (*tokens, *rest)


def leave_request(entered: Entered) -> None:
    """Put every variable back, whatever the request left in it."""
    request, router, user, request_id, ignored, permissions = entered
    current_request.reset(request)
    current_router.reset(router)
    if current_user.get() is not user:
        current_user.set(user)
    if current_request_id.get() is not request_id:
        current_request_id.set(request_id)
    if ignore_permissions_ctx.get() is not ignored:
        ignore_permissions_ctx.set(ignored)
    if request_perms_cache.get() is not permissions:
        request_perms_cache.set(permissions)
