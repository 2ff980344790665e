"""The generic cell rate algorithm in memory: one number for each key.

The number is the theoretical arrival time, the moment from which on the key's allowance is whole again. A request moves
it on by the rate's interval, and passes unless that puts it further ahead than the rate's period (ITU-T I.371, annex A,
where it is the virtual scheduling algorithm).

A key is kept as 59 bits of its hash (SipHash): two of a million keys share a number with a probability of one in a
million. CPython salts it anew in each process, unless PYTHONHASHSEED is fixed: who knows that number can look for
keys that share one, and so their allowance. Key and number stand side by side in arrays: 24 to 48 bytes a key and no
objects that the garbage collector walks over, where a dict would take 110.
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
# Few enough that a shard grows in a fraction of a millisecond.
_KEYS_PER_SHARD = 256
# 16,384 shards, which are there from the start: 3 MB.
_MOST_SHARD_BITS = 14
_LEAST_CELLS = 8
# How many cells a new key looks at for expired ones, and how many where there is no room for it else.
_LOOKS = 8
_MORE_LOOKS = 16


class KeyTable:
    """The keys of one rate: hash tables with linear probing, of which each holds a share of the hashes.

    No call looks at more than a few keys, but for one of many that makes a shard grow. A key whose allowance is whole
    is expired: it gives its place to a new one. Where all places are taken, and by keys that are not expired as far as
    was looked, all new ones share one number; a key that is not expired is never evicted.

    Args:
        rate: What each key is allowed.
        max_keys: How many are kept apart.
    """

    __slots__ = (
        "_cells",
        "_count",
        "_counts",
        "_hands",
        "_interval",
        "_max_keys",
        "_next_shard",
        "_shared",
        "_shift",
        "_whole",
    )

    def __init__(self, rate: Rate, max_keys: int) -> None:
        self._interval = rate.interval
        # What is left after the first request.
        self._whole = rate.capacity - rate.interval
        self._max_keys = max_keys
        self._count = 0
        # The number that the keys share for which there is no room.
        self._shared = 0
        # Where expired keys are looked for if the new key's own shard has none.
        self._next_shard = 0
        bits = min((max_keys // _KEYS_PER_SHARD).bit_length(), _MOST_SHARD_BITS)
        # By the hash's first bits; the last ones say where in the shard.
        self._shift = _BITS - bits
        # Key, number, key, number...; 0 is no key.
        self._cells = [array("q", bytes(16 * _LEAST_CELLS)) for _ in range(1 << bits)]
        self._counts = [0] * (1 << bits)
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
        number = hash(key) & _MASK | 1
        cells = self._cells[number >> self._shift]
        last = len(cells) - 2
        index = number & last
        while (found := cells[index]) != number:
            if not found:
                return self._take_new(number, now)
            index = (index + 2) & last
        tat = cells[index + 1]
        if tat <= now:
            cells[index + 1] = now + self._interval
            return self._whole
        left = now - tat + self._whole
        if left >= 0:
            cells[index + 1] = tat + self._interval
        return left

    def look(self, key: str, now: int) -> int:
        """Return what :meth:`take` would, counting nothing."""
        number = hash(key) & _MASK | 1
        shard = number >> self._shift
        cells = self._cells[shard]
        index = _place(cells, number)
        if cells[index]:
            return self._left(cells[index + 1], now)
        return self._left(0 if self._has_room(shard, now) else self._shared, now)

    def _left(self, tat: int, now: int) -> int:
        return self._whole - max(tat - now, 0)

    def _take_new(self, number: int, now: int) -> int:
        shard = number >> self._shift
        if self._has_room(shard, now):
            self._insert(shard, number, now + self._interval)
            return self._whole
        left = self._left(self._shared, now)
        if left >= 0:
            self._shared = max(self._shared, now) + self._interval
        return left

    def _has_room(self, shard: int, now: int) -> bool:
        self._evict(shard, now, _LOOKS)
        if self._count >= self._max_keys:
            self._evict(shard, now, _MORE_LOOKS)
        if self._count >= self._max_keys:
            self._next_shard = (self._next_shard + 1) % len(self._cells)
            self._evict(self._next_shard, now, _MORE_LOOKS)
        return self._count < self._max_keys

    def _evict(self, shard: int, now: int, looks: int) -> None:
        """Move the shard's hand on by so many cells, and drop the expired keys that it meets."""
        cells, index = self._cells[shard], self._hands[shard]
        for _ in range(looks):
            if cells[index] and cells[index + 1] <= now:
                # What may have moved into the gap is looked at next.
                _drop(cells, index)
                self._counts[shard] -= 1
                self._count -= 1
            else:
                index = (index + 2) & (len(cells) - 2)
        self._hands[shard] = index

    def _insert(self, shard: int, number: int, tat: int) -> None:
        self._counts[shard] += 1
        self._count += 1
        cells, count = self._cells[shard], self._counts[shard]
        # Between an eighth and two thirds of the cells are taken.
        if 3 * count > len(cells) or 16 * count < len(cells) > 2 * _LEAST_CELLS:
            cells = self._cells[shard] = _copied(cells, count)
            self._hands[shard] = 0
        index = _place(cells, number)
        cells[index] = number
        cells[index + 1] = tat


def _place(cells: array[int], number: int) -> int:
    """Return where a key stands, or where it would."""
    last = len(cells) - 2
    index = number & last
    while cells[index] not in (0, number):
        index = (index + 2) & last
    return index


def _drop(cells: array[int], gap: int) -> None:
    """Remove a key; those behind that would not be found any more move up (Knuth, TAOCP 6.4, algorithm R)."""
    last = len(cells) - 2
    index = gap
    while number := cells[index := (index + 2) & last]:
        if (index - (number & last)) & last >= (index - gap) & last:
            cells[gap], cells[gap + 1] = number, cells[index + 1]
            gap = index
    cells[gap] = 0


def _copied(cells: array[int], count: int) -> array[int]:
    """Return the same keys in a table that is right for ``count``: at most half full."""
    size = max(_LEAST_CELLS, 1 << (2 * count - 1).bit_length())
    copy = array("q", bytes(16 * size))
    for index in range(0, len(cells), 2):
        if number := cells[index]:
            place = _place(copy, number)
            copy[place], copy[place + 1] = number, cells[index + 1]
    return copy


def take_all(demands: Sequence[tuple[KeyTable, str]], now: int) -> list[int]:
    """Count a request of each key in its table, or of none where one refuses; return what each says."""
    lefts = [table.look(key, now) for table, key in demands]
    if min(lefts) < 0:
        return lefts
    return [table.take(key, now) for table, key in demands]
