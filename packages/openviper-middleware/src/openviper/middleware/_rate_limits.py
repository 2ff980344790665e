"""What is said about limits in headers: ``RateLimit-Policy``, ``RateLimit`` and the older ``X-RateLimit`` ones.

The first two are those of draft-ietf-httpapi-ratelimit-headers-10: lists with an item for each limit, in which ``t`` is
the time until one request more is allowed than ``r`` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from openviper.core.response_send import ResponseSend
from openviper.middleware._rate import Rate
from openviper.middleware._rate_keys import RateLimitKey, key_name

__all__ = ["Hit", "Limit", "announce", "announce_legacy", "limits_of", "seconds"]

SECOND = 1_000_000_000
_MOST_KNOWN = 4096


class Limit:
    """One rate, and who shares it.

    Args:
        rate: What each key is allowed.
        key: Says whose a request is.
        name: In the headers.
        place: The route's template; empty: all requests.
        taker: Who takes that route: the type of its scopes, and the dotted name of its handler.
    """

    __slots__ = ("_fields", "_form", "_interval", "_text", "field", "identity", "key", "policy", "rate")

    def __init__(self, rate: Rate, key: RateLimitKey, name: str, place: str = "", taker: str = "") -> None:
        self.rate = rate
        self.key = key
        #: What tells its keys from those of other limits, in memory as in a storage that they share.
        self.identity = "|".join((str(rate), key_name(key), taker, place, ""))
        self._text = f"{rate} by {key_name(key)}{place and f', on {place}'}"
        #: A field of its own: fields of one name are one list (RFC 9651, 4.2).
        item = b'"%s";q=%d;w=%d' % (name.encode("ascii"), rate.count, rate.period)
        self.policy = (b"ratelimit-policy", item)
        self._interval = rate.interval
        self._form = b'"%s";r=%%d;t=%%d' % name.encode("ascii")
        self._fields: list[bytes] = []
        #: Returns the item of ``RateLimit`` for what a storage says is left.
        self.field: Callable[[int], bytes] = self._made
        if rate.interval <= SECOND:
            # There is always one more within the second.
            self._form = b'"%s";r=%%d;t=1' % name.encode("ascii")
            self.field = self._made_soon
            if rate.count <= _MOST_KNOWN:
                self._fields = [self._form % remaining for remaining in range(rate.count + 1)]
                self.field = self._known

    def __str__(self) -> str:
        """Return it for the log: ``5/minute by ip, on /login``."""
        return self._text

    def _known(self, left: int) -> bytes:
        return self._fields[left // self._interval]

    def _made_soon(self, left: int) -> bytes:
        return self._form % (left // self._interval)

    def _made(self, left: int) -> bytes:
        remaining, since = divmod(left, self._interval)
        return self._form % (remaining, seconds(self._interval - since))


#: A limit that a request has to pass, and as whose.
Hit: TypeAlias = tuple[Limit, str]


def limits_of(
    name: str, rates: Iterable[tuple[Rate, RateLimitKey]], place: str = "", taker: str = ""
) -> tuple[Limit, ...]:
    """Return the limits that stand together: those of all requests, or those of a route.

    Args:
        name: In the headers that of a single limit; of several it goes before each rate.
        rates: Each with who shares it.
        place: The route's template; empty: all requests.
        taker: As :class:`Limit` has it.
    """
    given = list(rates)
    names = [name] if len(given) == 1 else _names(name, [rate for rate, _ in given])
    limits: dict[str, Limit] = {}
    for (rate, key), each in zip(given, names, strict=True):
        limit = Limit(rate, key, each, place, taker)
        if limit.identity in limits:
            # The same rate for functions of one name, as those without a name are.
            limit.identity = f"{len(limits)}|{limit.identity}"
        limits[limit.identity] = limit
    return tuple(limits.values())


def _names(name: str, rates: Sequence[Rate]) -> list[str]:
    names: list[str] = []
    for rate in rates:
        wanted = f"{name}-{rate}"
        # The same rate for another key.
        names.append(wanted if wanted not in names else f"{wanted}-{len(names) + 1}")
    return names


def announce(send: ResponseSend, hits: Sequence[Hit], lefts: Sequence[int]) -> None:
    """Add ``RateLimit-Policy`` and ``RateLimit``."""
    for (limit, _), left in zip(hits, lefts, strict=True):
        send.extend([limit.policy, (b"ratelimit", limit.field(left))])


def announce_legacy(send: ResponseSend, hits: Sequence[Hit], lefts: Sequence[int]) -> None:
    """Set ``X-RateLimit-Limit``, ``-Remaining`` and ``-Reset`` to those of the limit of which least is left.

    ``-Reset`` is the number of seconds after which all of the limit is there again.
    """
    pairs = [(limit.rate, left) for (limit, _), left in zip(hits, lefts, strict=True)]
    rate, left = min(pairs, key=lambda pair: pair[1] // pair[0].interval)
    send.replace(b"x-ratelimit-limit", b"%d" % rate.count)
    send.replace(b"x-ratelimit-remaining", b"%d" % (left // rate.interval))
    send.replace(b"x-ratelimit-reset", b"%d" % seconds(rate.capacity - left))


def seconds(nanoseconds: int) -> int:
    """Return the whole seconds in which so many nanoseconds have passed."""
    return -(-nanoseconds // SECOND)
