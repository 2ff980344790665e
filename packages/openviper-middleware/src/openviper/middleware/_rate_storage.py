"""Where requests are counted: what a storage does, and the one that is this process's memory."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Protocol

from openviper.middleware._gcra import KeyTable, take_all
from openviper.middleware._rate import Rate
from openviper.middleware._rate_limits import Hit, Limit

__all__ = ["Memory", "RateLimitStorage", "Warnings", "WrongAnswer", "checked"]

_logger = logging.getLogger("openviper.middleware.ratelimit")

_EVERY = 60.0


class RateLimitStorage(Protocol):
    """Keeps the theoretical arrival time of each key (see GCRA), for all processes that share it."""

    async def take(self, demands: Sequence[tuple[str, Rate]]) -> Sequence[int]:
        """Count one request of each key, or of none where the rate of one is used up; atomically.

        Args:
            demands: Keys and what is allowed to each. A key is text of any kind and length, and tells limits apart.

        Returns:
            For each, in nanoseconds: what is left of ``rate.capacity`` after this request; one more passes for each
            ``rate.interval`` in it. Negative: the request is refused; after so much time it would have passed. Between
            ``-rate.interval`` and ``rate.capacity - rate.interval``.

        Raises:
            Exception: The storage fails: ``RATE_LIMIT_ON_FAILURE`` says what becomes of the request. So does one whose
                answer is of another form, and one that takes longer than a second, which is cancelled: in it is all
                that a request waits for, a connection and the event loop too. A storage may have a shorter deadline.
        """
        ...


class WrongAnswer(Exception):
    """A storage's answer is not of the form that :meth:`RateLimitStorage.take` has."""


def checked(lefts: Sequence[int], rates: Sequence[Rate]) -> Sequence[int]:
    """Return what a storage answered.

    Raises:
        WrongAnswer: It is not one number for each rate, or one that cannot be.
    """
    if len(lefts) != len(rates):
        raise WrongAnswer
    for left, rate in zip(lefts, rates, strict=True):
        if type(left) is not int or not -rate.interval <= left <= rate.capacity - rate.interval:
            raise WrongAnswer
    return lefts


class Memory:
    """A table of keys for each limit, by its identity: it counts as storages do that many processes share.

    Args:
        max_keys: Of each.
    """

    def __init__(self, max_keys: int) -> None:
        self._max_keys = max_keys
        self._tables: dict[str, KeyTable] = {}

    def table(self, limit: Limit) -> KeyTable:
        """Return the table of ``limit``, made when it is first asked for."""
        found = self._tables.get(limit.identity)
        if found is None:
            found = self._tables[limit.identity] = KeyTable(limit.rate, self._max_keys)
        return found

    def take(self, hits: Sequence[Hit], now: int) -> list[int]:
        """Count a request; as :meth:`RateLimitStorage.take`, with the time in nanoseconds of the monotonic clock."""
        if len(hits) == 1:
            limit, key = hits[0]
            return [self.table(limit).take(key, now)]
        return take_all([(self.table(limit), key) for limit, key in hits], now)


class Warnings:
    """Something that is logged once a minute, however often it happens."""

    def __init__(self) -> None:
        self._next = 0.0

    def warn(self, message: str, *arguments: object) -> None:
        """Log on ``openviper.middleware.ratelimit``, unless this was done within the last minute."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _EVERY
            _logger.warning(message, *arguments)
