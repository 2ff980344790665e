"""The context variables of a request: set when it begins, reset when it ends."""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import Any

from starlette.requests import HTTPConnection

from openviper.core.context import (
    current_request,
    current_request_id,
    current_router,
    current_user,
    ignore_permissions_ctx,
    request_perms_cache,
)

__all__ = ["Tokens", "enter_mounted", "enter_request", "leave_request"]

Tokens = tuple[tuple[ContextVar[Any], Token[Any]], ...]


def enter_request(connection: HTTPConnection, router: object) -> Tokens:
    """Set every variable to what belongs to this request.

    What the task brought along is not trusted: a server that pipelines begins a request inside the task of the one
    before (uvicorn does), whose handler may have left something. What middleware around the application knows, it has
    put into the scope.
    """
    scope = connection.scope
    state = scope.get("state")
    return (
        (current_request, current_request.set(connection)),
        (current_router, current_router.set(router)),
        (current_user, current_user.set(scope.get("user"))),
        (current_request_id, current_request_id.set(state.get("request_id") if state else None)),
        (ignore_permissions_ctx, ignore_permissions_ctx.set(False)),
        (request_perms_cache, request_perms_cache.set(None)),
    )


def enter_mounted(connection: HTTPConnection, router: object) -> Tokens:
    """Set what differs inside a mounted application; the rest is the request's that is being served."""
    return (
        (current_request, current_request.set(connection)),
        (current_router, current_router.set(router)),
    )


def leave_request(tokens: Tokens) -> None:
    """Reset what was set."""
    for variable, token in tokens:
        variable.reset(token)
