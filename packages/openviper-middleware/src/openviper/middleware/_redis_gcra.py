"""The generic cell rate algorithm in Redis: one script, run once for all limits of a request.

Redis keeps the time, so that the clocks of several machines do not matter, and forgets a key when its allowance is
whole again. All keys have one hash tag: a request's keys are of different kinds and have to be in one slot of a
cluster. Applications that share a database share what they count; give each its own.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple

from openviper.conf import ImproperlyConfigured
from openviper.middleware._rate import Rate

__all__ = ["SCHEMES", "RedisStorage"]

SCHEMES = ("redis://", "rediss://", "unix://")

_PREFIX = b"{openviper:ratelimit}:"
_LONGEST_KEY = 200
_CONNECTIONS = 64
# How long Redis may take for an answer, in seconds; without the time in which a request waits for a connection.
_DEADLINE = 0.25

# KEYS; ARGV: the interval of each in microseconds, then how many of them fit. Returns microseconds.
# A number that is further ahead than it can be is of a clock that was set back.
_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local found = redis.call('MGET', unpack(KEYS))
local tats, lefts, passes = {}, {}, true
for i = 1, #KEYS do
    local interval = tonumber(ARGV[2 * i - 1])
    local capacity = interval * tonumber(ARGV[2 * i])
    local tat = math.min(math.max(tonumber(found[i] or 0), now), now + capacity) + interval
    tats[i], lefts[i] = tat, now + capacity - tat
    passes = passes and lefts[i] >= 0
end
if passes then
    for i = 1, #KEYS do
        local lifetime = math.ceil((tats[i] - now) / 1000)
        redis.call('SET', KEYS[i], string.format('%.0f', tats[i]), 'PX', lifetime)
    end
end
return lefts
"""


class _Client(NamedTuple):
    """What one event loop has."""

    redis: Any
    script: Any
    #: As many as there are connections.
    turns: asyncio.Semaphore


class RedisStorage:
    """Counts in a Redis of version 5 or later; connects with the first request, in each event loop anew.

    Args:
        url: ``redis://``, ``rediss://`` or ``unix://``, as redis-py reads them.
        source: Where it stands, for error sentences, which show nothing else of it.

    Raises:
        ImproperlyConfigured: redis-py is not installed, or cannot read the URL.
    """

    def __init__(self, url: str, source: str) -> None:
        self._redis = _redis(source)
        self._url = url
        self._clients: dict[asyncio.AbstractEventLoop, _Client] = {}
        try:
            # Makes an object, and connects to nothing.
            self._pool().make_connection()
        except Exception as error:
            # What it says may quote the password.
            raise ImproperlyConfigured(
                f"{source} is no URL that redis-py reads ({type(error).__name__}); "
                "expected redis://user:password@host:6379/0, percent-encoded"
            ) from None

    async def take(self, demands: Sequence[tuple[str, Rate]]) -> list[int]:
        """See :class:`~openviper.middleware._rate_storage.RateLimitStorage`.

        Raises:
            TimeoutError: Redis took longer than a quarter of a second. The time does not count in which all connections
                were in use: who has many requests under way does not make Redis look slow.
            Exception: As redis-py has it: no connection, a wrong password.
        """
        keys = [_key(key) for key, _ in demands]
        arguments = [number for _, rate in demands for number in (rate.interval // 1000, rate.count)]
        client = self._client()
        async with client.turns, asyncio.timeout(_DEADLINE):
            lefts: list[int] = await client.script(keys=keys, args=arguments)
        return [left * 1000 for left in lefts]

    async def close(self) -> None:
        """Close this event loop's connections; a later request opens others."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.redis.aclose(close_connection_pool=True)

    def _client(self) -> _Client:
        loop = asyncio.get_running_loop()
        found = self._clients.get(loop)
        if found is None:
            # Their connections cannot be used any more.
            for other in [each for each in self._clients if each.is_closed()]:
                del self._clients[other]
            pool = self._pool()
            redis = self._redis.Redis(connection_pool=pool)
            # The URL may say how many connections there are.
            turns = asyncio.Semaphore(pool.max_connections)
            found = self._clients[loop] = _Client(redis, redis.register_script(_SCRIPT), turns)
        return found

    def _pool(self) -> Any:
        # A connection that Redis has closed is opened again.
        return self._redis.BlockingConnectionPool.from_url(
            self._url, max_connections=_CONNECTIONS, timeout=None, retry=self._retry()
        )

    def _retry(self) -> Any:
        retry = import_module("redis.asyncio.retry").Retry
        errors = (import_module("redis.exceptions").ConnectionError,)
        return retry(import_module("redis.backoff").NoBackoff(), 1, supported_errors=errors)


def _redis(source: str) -> Any:
    # It is an extra, and takes longer to import than all of this package: only who counts in Redis has it.
    try:
        return import_module("redis.asyncio")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "redis":
            raise
        raise ImproperlyConfigured(
            f"{source} needs the package redis; pip install 'openviper-middleware[redis]'"
        ) from error


def _key(text: str) -> bytes:
    key = text.encode("utf-8", "surrogatepass")
    if len(key) > _LONGEST_KEY:
        key = b"sha256:" + hashlib.sha256(key).hexdigest().encode("ascii")
    return _PREFIX + key
