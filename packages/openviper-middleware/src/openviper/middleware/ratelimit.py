"""How many requests a client may make.

::

    RateLimitMiddleware(app, limits=["10/second", "1000/hour"])     # by the client's address, in memory

    RATE_LIMIT_STORAGE = "redis://localhost:6379/0"                 # settings: shared by all processes

A rate of ``300/minute`` lets 300 requests through at once, and after that one each 200 ms (GCRA). What is refused is
not counted. The client is who connects: behind a proxy list ``ProxyHeadersMiddleware`` outside of this one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from time import monotonic_ns
from typing import Literal

from openviper._settings.middleware import RateLimitSettings
from openviper.core.error_pages import send_page, status_page
from openviper.core.plain_middleware import Headers, PlainCall, PlainMiddleware
from openviper.core.response_send import ResponseSend
from openviper.core.router import ResolvedRoute
from openviper.core.types import ASGIApp, Message, Receive, Scope, Send
from openviper.middleware._rate import Rate
from openviper.middleware._rate_hits import Hits, marked_route
from openviper.middleware._rate_keys import RateLimitKey
from openviper.middleware._rate_limits import Hit, announce, announce_legacy, seconds
from openviper.middleware._rate_marks import MARKED, rate_limit
from openviper.middleware._rate_options import RateLimitOptions
from openviper.middleware._rate_storage import Memory, RateLimitStorage, Warnings, checked
from openviper.middleware._redis_gcra import RedisStorage
from openviper.middleware._refusals import log_refusal
from openviper.middleware._workers import has_siblings

__all__ = ["Rate", "RateLimitMiddleware", "RateLimitSettings", "RateLimitStorage", "rate_limit"]

_logger = logging.getLogger("openviper.middleware.ratelimit")

# How long a request waits for a storage, in seconds.
_DEADLINE = 1.0
_ENDS = frozenset({"lifespan.shutdown.complete", "lifespan.shutdown.failed"})
# What clients are told where the storage has failed, in seconds.
_RETRY_AFTER = b"5"


class RateLimitMiddleware(PlainMiddleware):
    """Refuse requests and websocket handshakes with 429 when their client's allowance is used up.

    Responses to what is limited carry ``RateLimit-Policy`` and ``RateLimit``: not those to exempt paths, to requests
    whose key is ``None``, nor the 503 where a storage fails. The 429 has ``Retry-After`` too: the whole seconds after
    which the request would pass. Of several limits all have to allow a request, else none counts it. Handlers have
    limits of their own by :func:`rate_limit`. The request's body is not read.

    Args:
        app: The next application.
        limits: ``5/minute``, ``100/h``, ``1000/2h``. Empty: only what handlers are marked with. ``None``: the setting
            ``RATE_LIMITS``.
        key: Who shares a limit: ``ip``, ``user``, ``path``, or a function of the scope (or its dotted path) that
            returns text, or ``None`` for what is not limited. ``None``: the setting ``RATE_LIMIT_KEY``.
        storage: ``memory``, the URL of a Redis, or a :class:`RateLimitStorage`. ``None``: the setting
            ``RATE_LIMIT_STORAGE``. What is no memory has a second for each request, Redis itself a quarter of one.
        max_keys: How many keys of a limit the memory keeps apart, 24 to 48 bytes each. Those beyond share one
            allowance. ``None``: the setting ``RATE_LIMIT_MAX_KEYS``.
        on_failure: When the storage fails: ``open``: requests are counted in the memory of this process, with the same
            limits; ``closed``: they are refused with 503. ``None``: the setting ``RATE_LIMIT_ON_FAILURE``.
        exempt_paths: Paths for which ``limits`` do not hold; ``/static/*``: all below. Marks on handlers do hold.
            ``None``: the setting ``RATE_LIMIT_EXEMPT_PATHS``.
        legacy_headers: Send ``X-RateLimit-Limit``, ``-Remaining`` and ``-Reset`` too, of the limit of which least is
            left; ``-Reset`` in seconds. ``None``: the setting ``RATE_LIMIT_LEGACY_HEADERS``.

    Raises:
        ImproperlyConfigured: An argument or setting is none of these.
    """

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        app: ASGIApp,
        *,
        limits: Sequence[str] | None = None,
        key: str | RateLimitKey | None = None,
        storage: str | RateLimitStorage | None = None,
        max_keys: int | None = None,
        on_failure: Literal["open", "closed"] | None = None,
        exempt_paths: Sequence[str] | None = None,
        legacy_headers: bool | None = None,
    ) -> None:
        options = RateLimitOptions(locals())
        super().__init__(app)
        self._hits = Hits(options.limits(), options.key(), options.exempt_paths())
        self._storage = options.storage()
        self._memory = Memory(options.max_keys())
        self._is_open = options.is_open_on_failure()
        self._legacy = options.legacy_headers()
        self._warnings = Warnings()
        self._prepare()

    def _prepare(self) -> None:
        """Have ready what the usual case needs: one limit, in memory, and nothing exempt."""
        limits, exempt = self._hits.limits, self._hits.exempt
        self._is_usual = len(limits) == 1 and self._storage is None and exempt is None and not self._legacy
        if self._is_usual:
            limit = limits[0]
            self._key, self._policy, self._field = limit.key, limit.policy, limit.field
            self._take = self._memory.table(limit).take

    def http(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        route = marked_route(scope) if MARKED else None
        if route is not None or not self._is_usual:
            return self._limited(self.next_http, route, scope, receive, send, headers)
        key = self._key(scope)
        if key is None:
            return self.next_http(scope, receive, send, headers)
        left = self._take(key, monotonic_ns())
        if left < 0:
            return self._refused([(self._hits.limits[0], key)], [left], scope, send)
        send.extend([self._policy, (b"ratelimit", self._field(left))])
        return self.next_http(scope, receive, send, headers)

    def websocket(self, scope: Scope, receive: Receive, send: ResponseSend, headers: Headers) -> Awaitable[None]:
        return self._limited(self.next_websocket, marked_route(scope), scope, receive, send, headers)

    def other(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._live(scope, receive, send) if scope["type"] == "lifespan" else self.app(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._storage is None and has_siblings():
            self._warnings.warn(
                "rate limits are counted in the memory of each worker, so that clients may make a multiple of the "
                "requests; set RATE_LIMIT_STORAGE to the URL of a Redis"
            )
        storage = self._storage
        if not isinstance(storage, RedisStorage):
            await self.app(scope, receive, send)
            return

        async def closing(message: Message) -> None:
            # Once it has this, a server waits for nothing any more: it would cancel what comes after.
            if message["type"] in _ENDS:
                await storage.close()
            await send(message)

        try:
            await self.app(scope, receive, closing)
        finally:
            await storage.close()

    def _limited(
        self,
        following: PlainCall,
        route: ResolvedRoute | None,
        scope: Scope,
        receive: Receive,
        send: ResponseSend,
        headers: Headers,
    ) -> Awaitable[None]:
        hits = self._hits.of(scope, route)
        if not hits:
            return following(scope, receive, send, headers)
        if self._storage is not None:
            return self._ask(self._storage, hits, following, scope, receive, send, headers)
        lefts = self._memory.take(hits, monotonic_ns())
        if min(lefts) < 0:
            return self._refused(hits, lefts, scope, send)
        self._announce(hits, lefts, send)
        return following(scope, receive, send, headers)

    async def _ask(
        self,
        storage: RateLimitStorage,
        hits: Sequence[Hit],
        following: PlainCall,
        scope: Scope,
        receive: Receive,
        send: ResponseSend,
        headers: Headers,
    ) -> None:
        lefts = await self._answer(storage, hits)
        if lefts is None and not self._is_open:
            log_refusal(
                _logger, scope, "the storage of rate limits fails, and RATE_LIMIT_ON_FAILURE (on_failure=) is 'closed'"
            )
            detail = "The rate limit cannot be checked right now; please try again."
            await send_page(status_page(scope, 503, detail, [(b"retry-after", _RETRY_AFTER)]), scope, send)
            return
        if lefts is None:
            lefts = self._memory.take(hits, monotonic_ns())
        if min(lefts) < 0:
            await self._refused(hits, lefts, scope, send)
            return
        self._announce(hits, lefts, send)
        await following(scope, receive, send, headers)

    async def _answer(self, storage: RateLimitStorage, hits: Sequence[Hit]) -> Sequence[int] | None:
        """Return what is left of each limit; ``None``: the storage failed."""
        try:
            async with asyncio.timeout(_DEADLINE):
                lefts = await storage.take([(limit.identity + key, limit.rate) for limit, key in hits])
            return checked(lefts, [limit.rate for limit, _ in hits])
        except Exception as error:
            # By its class alone: what a client library says may show how it logs in.
            kind = type(error)
            self._warnings.warn(
                "the storage of rate limits fails (%s.%s); until it does not, %s",
                kind.__module__,
                kind.__qualname__,
                "each process counts in its own memory" if self._is_open else "requests are refused with 503",
            )
            return None

    def _announce(self, hits: Sequence[Hit], lefts: Sequence[int], send: ResponseSend) -> None:
        announce(send, hits, lefts)
        if self._legacy:
            announce_legacy(send, hits, lefts)

    def _refused(self, hits: Sequence[Hit], lefts: Sequence[int], scope: Scope, send: ResponseSend) -> Awaitable[None]:
        # Nothing was counted: as much is left as before.
        self._announce(hits, [left + limit.rate.interval for (limit, _), left in zip(hits, lefts, strict=True)], send)
        left, limit = min(
            ((left, limit) for (limit, _), left in zip(hits, lefts, strict=True)), key=lambda pair: pair[0]
        )
        rate, wait = limit.rate, seconds(-left)
        # Not whose limit it is: a key may be a secret.
        log_refusal(_logger, scope, "%.300s is used up for %d s", limit, wait)
        requests = "request" if rate.count == 1 else "requests"
        detail = f"The rate limit of {rate.count} {requests} per {rate.per} is used up; try again in {wait} s."
        return send_page(status_page(scope, 429, detail, [(b"retry-after", b"%d" % wait)]), scope, send)
