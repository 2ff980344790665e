"""What belongs to the request that the current task serves.

Every variable is set by its token and reset in a ``finally``, so that nothing of one request is visible to
another, concurrent or later. Values set during start-up are not visible in requests.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = [
    "REQUEST_VARIABLES",
    "current_request",
    "current_request_id",
    "current_router",
    "current_user",
    "get_current_user",
    "ignore_permissions",
    "ignore_permissions_ctx",
    "request_perms_cache",
]

#: The authenticated user of this task, or ``None``; set by ``AuthenticationMiddleware``.
current_user: ContextVar[Any | None] = ContextVar("current_user", default=None)

#: The request being served, or ``None`` outside of one.
current_request: ContextVar[Any | None] = ContextVar("current_request", default=None)

#: The router that serves the request, so that helpers can resolve named routes and marks; ``None`` outside of one.
current_router: ContextVar[Any | None] = ContextVar("current_router", default=None)

#: The id under which this request appears in logs and in ``X-Request-ID``, or ``None``.
current_request_id: ContextVar[str | None] = ContextVar("current_request_id", default=None)

#: ``True``: model permission checks are bypassed in this task.
ignore_permissions_ctx: ContextVar[bool] = ContextVar("ignore_permissions_ctx", default=False)

#: Permission look-ups of this request. ``None`` until one is made: a dict as default would be shared by all requests.
request_perms_cache: ContextVar[dict[str, bool] | None] = ContextVar("request_perms_cache", default=None)

#: All of the above: what a request has of its own, and what whoever runs code outside of one puts back.
REQUEST_VARIABLES: tuple[ContextVar[Any], ...] = (
    current_user,
    current_request,
    current_router,
    current_request_id,
    ignore_permissions_ctx,
    request_perms_cache,
)


def get_current_user() -> Any | None:
    """Return the authenticated user of this task, or ``None``."""
    return current_user.get()


@contextmanager
def ignore_permissions() -> Generator[None]:
    """Bypass model permission checks inside the ``with`` block, in this task and those started in it."""
    token = ignore_permissions_ctx.set(True)
    try:
        yield
    finally:
        ignore_permissions_ctx.reset(token)
