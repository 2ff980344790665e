"""The paths that a middleware leaves alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from openviper.conf import ImproperlyConfigured
from openviper.middleware._routes import app_path

if TYPE_CHECKING:
    from openviper.core.types import Scope

__all__ = ["ExemptPaths"]

# /hooks/../account may be /account for whoever serves it, and so may what is still encoded.
_AMBIGUOUS = re.compile(r"/\.{1,2}(?:/|\Z)|[%\\\0]")


class ExemptPaths:
    """The paths of a setting.

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
        path = app_path(scope)
        if path in self._exact:
            return True
        return path.startswith(self._below) and not _AMBIGUOUS.search(path)


def _path(path: object, place: str) -> str:
    if not isinstance(path, str) or not path.startswith("/") or any(each in path for each in "?#"):
        raise ImproperlyConfigured(
            f"{place}={path!r} is not a path; expected '/hooks/pay', or '/hooks/*' for all below"
        )
    if path == "/*":
        raise ImproperlyConfigured(f"{place}='/*' exempts everything; take the middleware out instead")
    if "*" in path.removesuffix("/*"):
        raise ImproperlyConfigured(f"{place}={path!r} has a * that is not '/*' at its end")
    return path
