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

# What every request calls, bound once: CPython takes an imported name for a module, and binds the method of
# ``current_user.get()`` anew at each call, which costs more than the call itself.
_get_user, _get_id = current_user.get, current_request_id.get
_get_ignored, _get_permissions = ignore_permissions_ctx.get, request_perms_cache.get
_set_request, _reset_request = current_request.set, current_request.reset
_set_router, _reset_router = current_router.set, current_router.reset

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
    had_user, had_id = _get_user(), _get_id()
    ignored, permissions = _get_ignored(), _get_permissions()
    # Most requests find these as they have to be, and leave them so; to look costs a sixth of setting and resetting.
    if had_user is not user:
        current_user.set(user)
    if had_id is not request_id:
        current_request_id.set(request_id)
    if ignored:
        ignore_permissions_ctx.set(False)
    if permissions is not None:
        request_perms_cache.set(None)
    return _set_request(connection), _set_router(router), had_user, had_id, ignored, permissions


def enter_mounted(connection: HTTPConnection, router: object) -> Entered:
    """Set what differs inside a mounted application; the rest stays the request's that is being served."""
    tokens = _set_request(connection), _set_router(router)
    rest = _get_user(), _get_id(), _get_ignored(), _get_permissions()
    return (*tokens, *rest)


def leave_request(entered: Entered) -> None:
    """Put every variable back, whatever the request left in it."""
    request, router, user, request_id, ignored, permissions = entered
    _reset_router(router)
    _reset_request(request)
    if _get_user() is not user:
        current_user.set(user)
    if _get_id() is not request_id:
        current_request_id.set(request_id)
    if _get_ignored() is not ignored:
        ignore_permissions_ctx.set(ignored)
    if _get_permissions() is not permissions:
        request_perms_cache.set(permissions)
