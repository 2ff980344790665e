"""The documented place of the middleware contract."""

from __future__ import annotations

from openviper.core import middleware, plain_middleware
from openviper.middleware import base


async def test_a_subclass_of_the_documented_base_serves_in_a_stack():
    """``openviper.middleware.base`` is the core's contract, under the name that plugins import."""
    seen = []

    class Noting(base.BaseMiddleware):
        async def __call__(self, scope, receive, send):
            seen.append(scope["type"])
            await self.app(scope, receive, send)

    async def application(scope, receive, send):
        seen.append("application")

    stack = base.build_middleware_stack(application, [Noting, "openviper.middleware.base.BaseMiddleware"])
    for kind in ("http", "websocket", "lifespan", "something-later"):
        await stack({"type": kind}, None, None)
    assert seen[::2] == ["http", "websocket", "lifespan", "something-later"]
    assert seen[1::2] == ["application"] * 4


def test_there_is_one_contract():
    """Middleware of a plugin and of the framework share one base class."""
    assert base.BaseMiddleware is middleware.BaseMiddleware
    assert base.PlainMiddleware is plain_middleware.PlainMiddleware
    assert base.build_middleware_stack is middleware.build_middleware_stack
