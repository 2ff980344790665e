"""The middleware contract under its documented name; see :mod:`openviper.core.middleware`."""

from __future__ import annotations

from openviper.core.middleware import BaseMiddleware, MiddlewareEntry, build_middleware_stack
from openviper.core.plain_middleware import PlainMiddleware

__all__ = ["BaseMiddleware", "MiddlewareEntry", "PlainMiddleware", "build_middleware_stack"]
