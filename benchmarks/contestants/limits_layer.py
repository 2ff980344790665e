"""Rate limiting as one writes it around ``limits``."""

from __future__ import annotations

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.responses import JSONResponse

__all__ = ["LimitsMiddleware"]


class LimitsMiddleware:
    """A fixed window for each address, kept in memory."""

    def __init__(self, app, limit):
        self.app = app
        self.limit = parse(limit)
        self.limiter = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or await self.limiter.hit(self.limit, scope["client"][0]):
            await self.app(scope, receive, send)
        else:
            await JSONResponse({"detail": "Too Many Requests"}, 429)(scope, receive, send)
