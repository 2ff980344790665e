"""The paths that a middleware leaves alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from openviper.conf import ImproperlyConfigured
from openviper.middleware._routes import app_path

if TYPE_CHECKING:
    from openviper.core.types import Scope
    from openviper.middleware._options import Option

__all__ = ["ExemptPaths"]

# /hooks/../account may be /account for whoever serves it, and so may what is still encoded.
_AMBIGUOUS = re.compile(r"/\.{1,2}(?:/|\Z)|[%\\\0]")


class ExemptPaths:
    """The paths of a setting.

    Args:
        option: ``/hooks/pay`` for this one alone, ``/hooks/*`` for all that begin with ``/hooks/``; not
            percent-encoded, inside the application: without its ``root_path``.

    Raises:
        ImproperlyConfigured: It is no sequence, or one is no such path, or means all of them.
    """

    def __init__(self, option: Option) -> None:
        checked = option.each(_path)
        self._below = tuple(path[:-1] for path in checked if path.endswith("/*"))
        self._exact = frozenset(path for path in checked if not path.endswith("/*"))

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self._exact or self._below)

    def match(self, scope: Scope) -> bool:
        """Tell whether the path of ``scope`` is one of them."""
        path = app_path(scope)
        if path in self._exact:
            return True
        return path.startswith(self._below) and not _AMBIGUOUS.search(path)


def _path(item: Option) -> str:
    path = item.value
    if not isinstance(path, str) or not path.startswith("/") or any(each in path for each in "?#"):
        raise ImproperlyConfigured(f"{item} is not a path; expected '/hooks/pay', or '/hooks/*' for all below")
    if path == "/*":
        raise ImproperlyConfigured(f"{item} exempts everything; take the middleware out instead")
    if "*" in path.removesuffix("/*"):
        raise ImproperlyConfigured(f"{item} has a * that is not '/*' at its end")
    return path
