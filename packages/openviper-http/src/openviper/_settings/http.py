"""The settings that the HTTP application reads, beside those of ``BaseSettings``."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HttpSettings"]


@dataclass(frozen=True, kw_only=True)
class HttpSettings:
    """Limits and built-in pages of the application."""

    #: The largest request body in bytes; a route may set its own with ``max_body_bytes=``. Larger: 413.
    MAX_BODY_BYTES: int = 10 * 1024 * 1024
    #: Serve ``/-/live`` (200 while the process answers) and ``/-/ready`` (503 before start-up and from SIGTERM on).
    HEALTH_PAGES: bool = False
    #: ``collectstatic`` adds a copy of each static file whose name holds a hash of its content, ``site.3f2a9c1b.css``,
    #: and ``static_url`` and templates link to that one (with ``DEBUG``: to the plain name): it can be cached for ever.
    STATIC_HASHED: bool = False
