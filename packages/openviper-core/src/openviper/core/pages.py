"""How a distribution offers a page of its own to a running application.

One entry point a page, group ``openviper.pages``, whose value is a :class:`Page` in a data-only module; the HTTP
application mounts it, and imports the page itself at the first request for it.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Page"]


@dataclass(frozen=True, slots=True)
class Page:
    """An ASGI application offered under a path."""

    #: Where it is mounted, with a leading and no trailing slash: ``/__mail__``.
    path: str
    #: ``module:attribute`` of the ASGI application.
    import_path: str
    #: What it is, for the debug start page: ``Captured mail``.
    title: str
    #: Mounted only where ``DEBUG`` is on.
    debug_only: bool = True
