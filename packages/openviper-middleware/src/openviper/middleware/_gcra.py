"""The generic cell rate algorithm in memory: one number for each key.

The number is the theoretical arrival time, the moment from which on the key's allowance is whole again. A request moves
it on by the rate's interval, and passes unless that puts it further ahead than the rate's period (ITU-T I.371, annex A,
where it is the virtual scheduling algorithm).

A key is kept as 60 bits of its hash, which CPython makes anew in each process (SipHash): two of a million keys share a
number with a probability of 4e-7. With its number it takes about 95 bytes.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openviper.middleware._rate import Rate

__all__ = ["KeyTable", "take_all"]

_BITS = 60
# More than this would be an int of another size.
_MASK = (1 << _BITS) - 1
# Few enough that the slots of a shard are ints that CPython has already, and that its growth takes microseconds.
_KEYS_PER_SHARD = 128
# How many slots a new key looks at to find one whose key has expired, and how many if there is no room for it else.
_LOOKS = 2
_MORE_LOOKS = 16

_NO_SLOTS: dict[int, int] = {}
_NO_NUMBERS = array("q")


class KeyTable:
    """The keys of one rate.

    No call looks at more than a few keys. A key whose allowance is whole is expired: it gives its place to a new one.
    Where all places are taken by others, all new keys share one number; a key that is not expired is never evicted.

    Args:
        rate: What each key is allowed.
        max_keys: How many are kept apart.
    """

    __slots__ = (
        "_capacity",
        "_count",
        "_hands",
        "_interval",
        "_keys",
        "_max_keys",
        "_next_shard",
        "_shared",
        "_shift",
        "_slots",
        "_tats",
    )

    def __init__(self, rate: Rate, max_keys: int) -> None:
        self._interval = rate.interval
        self._capacity = rate.capacity
        self._max_keys = max_keys
        self._count = 0
        # The number that the keys share for which there is no room.
        self._shared = 0
        # Where expired keys are looked for if the new key's own shard has none.
        self._next_shard = 0
        bits = (max_keys // _KEYS_PER_SHARD).bit_length()
        # By the hash's first bits: a dict places its keys by the last ones.
        self._shift = _BITS - bits
        # Parallel lists, an entry for each shard: key -> slot; by slot, the key and its number; the last slot looked
        # at to find an expired one.
        self._slots = [_NO_SLOTS] * (1 << bits)
        self._keys = [_NO_NUMBERS] * (1 << bits)
        self._tats = [_NO_NUMBERS] * (1 << bits)
        self._hands = [0] * (1 << bits)

    def __len__(self) -> int:
        """Return how many keys are kept, expired ones that nothing has replaced yet among them."""
        return self._count

    def take(self, key: str, now: int) -> int:
        """Count a request of ``key``; return what is left of its time, or how long to wait, negative.

        Args:
            key: Whose.
            now: In nanoseconds, of a clock that does not go back.

        Returns:
            In nanoseconds. One more request passes for each whole interval in it. Negative: the request is refused
            and not counted; after so much time it would have passed.
        """
        number = hash(key) & _MASK
        shard = number >> self._shift
        slot = self._slots[shard].get(number)
        if slot is None:
            return self._take_new(number, now)
        tats = self._tats[shard]
        tat = tats[slot]
        if tat < now:  # noqa: PLR1730 - max() takes as long as all the rest
            tat = now
        tat += self._interval
        left = self._capacity + now - tat
        if left >= 0:
            tats[slot] = tat
        return left

    def look(self, key: str, now: int) -> int:
        """Return what :meth:`take` would, counting nothing."""
        number = hash(key) & _MASK
        shard = number >> self._shift
        slot = self._slots[shard].get(number)
        if slot is not None:
            return self._left(self._tats[shard][slot], now)
        return self._left(0 if self._has_room(shard, now) else self._shared, now)

    def _left(self, tat: int, now: int) -> int:
        return self._capacity - self._interval - max(tat - now, 0)

    def _take_new(self, number: int, now: int) -> int:
        shard = number >> self._shift
        if self._has_room(shard, now):
            self._insert(shard, number, now + self._interval)
            return self._capacity - self._interval
        left = self._left(self._shared, now)
        if left >= 0:
            self._shared = max(self._shared, now) + self._interval
        return left

    def _has_room(self, shard: int, now: int) -> bool:
        self._evict(shard, now, _LOOKS)
        if self._count >= self._max_keys:
            self._evict(shard, now, _MORE_LOOKS)
        if self._count >= self._max_keys:
            self._next_shard = (self._next_shard + 1) % len(self._slots)
            self._evict(self._next_shard, now, _MORE_LOOKS)
        return self._count < self._max_keys

    def _evict(self, shard: int, now: int, looks: int) -> None:
        """Move the shard's hand on by so many slots, and drop the expired keys that it meets."""
        keys, tats = self._keys[shard], self._tats[shard]
        hand = self._hands[shard]
        for _ in range(min(looks, len(keys))):
            hand = hand + 1 if hand + 1 < len(keys) else 0
            if tats[hand] <= now:
                self._drop(shard, hand)
                if not keys:
                    break
        self._hands[shard] = hand

    def _drop(self, shard: int, slot: int) -> None:
        slots, keys, tats = self._slots[shard], self._keys[shard], self._tats[shard]
        del slots[keys[slot]]
        # The last one moves into the gap.
        last, tat = keys.pop(), tats.pop()
        if slot < len(keys):
            keys[slot], tats[slot] = last, tat
            slots[last] = slot
        self._count -= 1

    def _insert(self, shard: int, number: int, tat: int) -> None:
        if self._slots[shard] is _NO_SLOTS:
            self._slots[shard], self._keys[shard], self._tats[shard] = {}, array("q"), array("q")
        self._slots[shard][number] = len(self._keys[shard])
        self._keys[shard].append(number)
        self._tats[shard].append(tat)
        self._count += 1


def take_all(demands: Sequence[tuple[KeyTable, str]], now: int) -> list[int]:
    """Count a request of each key in its table, or of none where one refuses; return what each says."""
    lefts = [table.look(key, now) for table, key in demands]
    if min(lefts) < 0:
        return lefts
    return [table.take(key, now) for table, key in demands]
