"""The cell rate algorithm, beside a slow and exact one."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.middleware._gcra import KeyTable, take_all
from openviper.middleware._rate import Rate

SECOND = 10**9
FIVE = Rate(5, 60)


class Exact:
    """Each key's bucket, filled by one request an interval, in exact numbers."""

    def __init__(self, rate):
        self.count, self.interval = rate.count, Fraction(rate.interval)
        self.level, self.since = {}, {}

    def take(self, key, now):
        gained = Fraction(now - self.since.get(key, now)) / self.interval
        level = min(Fraction(self.count), self.level.get(key, Fraction(self.count)) + gained)
        allowed = level >= 1
        self.level[key], self.since[key] = level - allowed, now
        return (level - 1) * self.interval


rates = st.builds(Rate, st.integers(1, 1000), st.integers(1, 100))
# Steps of nothing, of nanoseconds, of about an interval, and of longer than any period.
steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([0, 0, 1, 999]) | st.integers(0, 10**9) | st.integers(0, 10**12)),
    max_size=60,
)


@given(rates, st.integers(0, 10**17), steps)
def test_every_answer_is_that_of_the_exact_bucket(rate, start, steps):
    """What is left, and how long to wait, are right to the nanosecond, whenever the requests come."""
    table, exact, now = KeyTable(rate, 10), Exact(rate), start
    for key, step in steps:
        now += step
        assert table.take(key, now) == exact.take(key, now)


@given(rates, st.integers(0, 10**17), st.integers(0, 5000))
def test_no_more_pass_than_the_rate_says(rate, start, spare):
    """In any time, as many pass as fit at once and one for each interval; all that fit at once do."""
    table, now, passed = KeyTable(rate, 10), start, 0
    for _ in range(rate.count):
        assert table.take("a", now) >= 0
    for _ in range(50):
        now += rate.interval // 7 + spare
        passed += table.take("a", now) >= 0
    assert passed <= (now - start) // rate.interval


@given(rates, steps)
def test_the_wait_is_exact(rate, steps):
    """A refused request would pass after the time it is told, and not a nanosecond earlier."""
    table, now = KeyTable(rate, 10), 0
    for key, step in steps:
        now += step
        left = table.take(key, now)
        if left < 0:
            assert table.look(key, now - left - 1) < 0 <= table.look(key, now - left)


def test_a_refused_request_costs_nothing():
    """Whoever hammers on does not lengthen the wait."""
    table = KeyTable(FIVE, 10)
    for _ in range(5):
        table.take("a", 0)
    assert [table.take("a", second * SECOND) for second in range(12)] == [
        (second - 12) * SECOND for second in range(12)
    ]
    assert table.take("a", 12 * SECOND) == 0


def test_keys_do_not_share():
    """What one key used is there for another."""
    table = KeyTable(Rate(1, 60), 10)
    assert table.take("a", 0) >= 0 > table.take("a", 0)
    assert table.take("b", 0) >= 0


def test_beyond_the_most_keys_all_new_ones_share():
    """They get one allowance together; the keys that are known keep theirs."""
    table = KeyTable(FIVE, 3)
    assert all(table.take(key, 0) >= 0 for key in "abc")
    passed = [table.take(f"new {number}", 0) >= 0 for number in range(20)]
    assert passed == [True] * 5 + [False] * 15
    assert [table.take("a", 0) >= 0 for _ in range(5)] == [True] * 4 + [False]
    assert len(table) == 3


def test_an_expired_key_gives_its_place_to_a_new_one():
    """Its allowance is whole again, so nothing is forgotten with it."""
    table = KeyTable(FIVE, 3)
    for key in "abc":
        table.take(key, 0)
    table.take("a", 0)
    assert table.take("d", 12 * SECOND) == 48 * SECOND
    assert len(table) <= 3
    assert table.look("a", 12 * SECOND) == 36 * SECOND, "the one that is not expired was evicted"


@pytest.mark.parametrize("max_keys", [1, 2, 127, 128, 1000, 5000])
def test_a_table_holds_as_many_keys_as_it_says(max_keys):
    """None of so many keys shares and one more does; when all have expired, as good as so many others fit."""
    table = KeyTable(Rate(1, 60), max_keys)
    assert all(table.take(f"first {number}", 0) >= 0 for number in range(max_keys))
    assert len(table) == max_keys
    assert table.take("one more", 0) >= 0 > table.take("another", 0)
    assert not any(table.take(f"first {number}", 1) >= 0 for number in range(max_keys))
    later = 61 * SECOND
    assert sum(table.take(f"second {number}", later) >= 0 for number in range(max_keys)) >= 0.99 * max_keys
    assert len(table) <= max_keys


def test_a_table_for_more_keys_than_there_is_memory_can_be_made():
    """It takes what the keys take that come."""
    table = KeyTable(FIVE, 10**18)
    assert [table.take(f"key {number}", 0) for number in range(1000)] == [48 * SECOND] * 1000
    assert len(table) == 1000


def test_a_flood_leaves_no_table_behind():
    """New keys drop more expired ones than they are, so a table shrinks to what it needs."""
    table = KeyTable(Rate(10, 10), 100_000)
    for number in range(20_000):
        table.take(f"flood {number}", 0)
    assert len(table) == 20_000
    for number in range(40_000):
        table.take(f"later {number}", 10 * SECOND + number * SECOND // 100)
    assert len(table) < 5_000


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3 * SECOND)), max_size=200))
def test_a_crowded_table_never_lets_a_known_key_off(steps):
    """A key that is kept counts as if it were alone, however many others come and go."""
    table, now, tats = KeyTable(Rate(2, 10), 8), 0, {}
    for number, step in steps:
        now += step
        key = f"key {number}"
        known = table.look(key, now) if tats.get(key, 0) > now else None
        if known is not None:
            assert known == 10 * SECOND - (tats[key] - now) - 5 * SECOND
        before = len(table)
        left = table.take(key, now)
        assert len(table) <= 8
        if left >= 0 and (known is not None or len(table) > before):
            tats[key] = max(tats.get(key, 0), now) + 5 * SECOND


def test_several_limits_count_together_or_not_at_all():
    """What one limit refuses is not counted by the others."""
    second, hour = KeyTable(Rate(2, 1), 10), KeyTable(Rate(10, 3600), 10)
    demands = [(second, "a"), (hour, "a")]
    assert [min(take_all(demands, 0)) >= 0 for _ in range(6)] == [True, True, False, False, False, False]
    assert hour.look("a", 0) // hour_interval() == 7
    for now in range(1, 5):
        assert min(take_all(demands, now * SECOND)) >= 0
        assert min(take_all(demands, now * SECOND)) >= 0
    assert [left >= 0 for left in take_all(demands, 5 * SECOND)] == [True, False]
    assert second.look("a", 5 * SECOND) == SECOND // 2


def hour_interval():
    return Rate(10, 3600).interval


def test_what_all_limits_say_when_full_is_what_taking_says():
    """Looking at a key for which there is no room tells of the shared allowance."""
    table = KeyTable(Rate(1, 60), 1)
    table.take("a", 0)
    assert table.look("b", 0) == table.take("b", 0) == 0
    assert table.look("c", 0) == table.take("c", 0) == -60 * SECOND


@pytest.mark.parametrize("max_keys", [64, 1000])
@pytest.mark.parametrize("seed", range(8))
def test_a_number_stays_with_its_key_when_others_are_dropped(seed, max_keys):
    """Tables that are full of gaps say of each key what a dict of numbers does."""
    random, table, tats, now = Random(seed), KeyTable(FIVE, max_keys), {}, 0
    for _ in range(2000):
        now += random.randrange(2 * SECOND)
        key = f"{seed}-{random.randrange(150)}"
        known = tats.get(key, 0) > now
        if known:
            assert table.look(key, now) == FIVE.capacity - FIVE.interval - (tats[key] - now)
        before = len(table)
        left = table.take(key, now)
        if left >= 0 and (known or len(table) > before):
            tats[key] = max(tats.get(key, 0), now) + FIVE.interval
