"""What is not checked: paths, and handlers that are marked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from openviper.conf import ImproperlyConfigured
from openviper.core.context import current_router

if TYPE_CHECKING:
    from openviper.core.router import Router
    from openviper.core.types import Scope

__all__ = ["ExemptPaths", "csrf_exempt", "is_marked"]

# /hooks/../account may be /account for whoever serves it, and so may what is still encoded.
_AMBIGUOUS = re.compile(r"/\.{1,2}(?:/|\Z)|[%\\\0]")

Handler = TypeVar("Handler", bound=Callable[..., Any])


def csrf_exempt(handler: Handler) -> Handler:
    """Mark a handler that :class:`~openviper.middleware.csrf.CSRFMiddleware` is not to check, and return it.

    For what no browser calls with a user's cookies, and what checks its callers by other means: a webhook's signature.
    """
    cast("Any", handler).csrf_exempt = True
    return handler


def is_marked(scope: Scope) -> bool:
    """Tell whether the handler that ``scope`` will reach is marked; ``False`` where that cannot be told."""
    router: Router | None = current_router.get()
    # In an application that is mounted, and is none of ours, the router is that of the application around it.
    is_ours = scope.get("router") is router
    try:
        route = router.resolve(scope) if router is not None and is_ours else None
        return route is not None and getattr(route.handler, "csrf_exempt", False) is True
    except Exception:
        # Whatever fails there will fail, and be reported, when the request takes this way.
        return False


class ExemptPaths:
    """The paths that are not checked.

    Args:
        paths: ``/hooks/pay`` for this one alone, ``/hooks/*`` for all that begin with ``/hooks/``; not
            percent-encoded, inside the application: without its ``root_path``.
        place: Where they stand, for error sentences.

    Raises:
        ImproperlyConfigured: One is no such path, or means all of them.
    """

    def __init__(self, paths: tuple[object, ...], place: str) -> None:
        checked = [_path(path, f"{place}[{index}]") for index, path in enumerate(paths)]
        self._below = tuple(path[:-1] for path in checked if path.endswith("/*"))
        self._exact = frozenset(path for path in checked if not path.endswith("/*"))

    def match(self, scope: Scope) -> bool:
        """Tell whether the path of ``scope`` is one of them."""
        path = _inside(scope["path"], scope.get("root_path", ""))
        if path in self._exact:
            return True
        return path.startswith(self._below) and not _AMBIGUOUS.search(path)


def _inside(path: str, root_path: str) -> str:
    """Return ``path`` without ``root_path``, as the router does."""
    root = root_path.rstrip("/")
    if root and (path == root or path.startswith(root + "/")):
        return path[len(root) :] or "/"
    return path


def _path(path: object, place: str) -> str:
    if not isinstance(path, str) or not path.startswith("/") or any(each in path for each in "?#"):
        raise ImproperlyConfigured(
            f"{place}={path!r} is not a path; expected '/hooks/pay', or '/hooks/*' for all below"
        )
    if path == "/*":
        raise ImproperlyConfigured(f"{place}='/*' exempts everything; take CSRFMiddleware out instead")
    if "*" in path.removesuffix("/*"):
        raise ImproperlyConfigured(f"{place}={path!r} has a * that is not '/*' at its end")
    return path
