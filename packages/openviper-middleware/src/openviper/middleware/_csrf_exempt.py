"""Handlers that are not checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from openviper.conf import ImproperlyConfigured
from openviper.middleware._routes import route_of

if TYPE_CHECKING:
    from openviper.core.types import Scope

__all__ = ["csrf_exempt", "is_marked"]

Handler = TypeVar("Handler", bound=Callable[..., Any])


def csrf_exempt(handler: Handler) -> Handler:
    """Mark a handler that :class:`~openviper.middleware.csrf.CSRFMiddleware` is not to check, and return it.

    For what no browser calls with a user's cookies, and what checks its callers by other means: a webhook's signature.

    Raises:
        ImproperlyConfigured: ``handler`` takes no marks: it is no function.
    """
    try:
        cast("Any", handler).csrf_exempt = True
    except AttributeError:
        raise ImproperlyConfigured(
            f"csrf_exempt cannot mark {handler!r}; expected a function: @csrf_exempt, without parentheses"
        ) from None
    return handler


def is_marked(scope: Scope) -> bool:
    """Tell whether the handler that ``scope`` will reach is marked; ``False`` where that cannot be told."""
    try:
        route = route_of(scope)
        return route is not None and getattr(route.handler, "csrf_exempt", False) is True
    except Exception:
        # Whatever fails there will fail, and be reported, when the request takes this way.
        return False
