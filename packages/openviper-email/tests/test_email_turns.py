"""The time of a message of a batch runs from its turn on; that of any other at once."""

from __future__ import annotations

import asyncio

import pytest

from openviper.core.email._sending.turns import TimeLeft, Turn


async def test_the_time_of_a_message_of_its_own_runs():
    """Whatever it waits for."""
    left = TimeLeft(10)
    before = left.seconds
    await asyncio.sleep(0.02)
    assert left.seconds < before <= 10
    assert Turn.current() is None


async def test_what_a_message_of_a_batch_waits_for_does_not_count():
    """Before and after its time began, and for every clock that runs for it."""
    turn = Turn.begin()
    outer = TimeLeft(10)
    turn.waited += 100
    inner = TimeLeft(5)
    turn.waited += 1_000
    assert 1_109 < outer.seconds <= 1_110
    assert 1_004 < inner.seconds <= 1_005
    assert outer.deadline - inner.deadline == pytest.approx(105, abs=1)


async def test_what_is_waited_for_in_vain_is_noted():
    """The second attempt has what that left."""
    turn = Turn.begin()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await turn.wait(asyncio.Event().wait())
    assert 0.01 < turn.waited < 5


async def test_a_turn_is_of_its_task_and_those_that_it_begins():
    """Not of the messages beside it."""

    async def of_a_batch():
        turn = Turn.begin()
        return turn, await asyncio.create_task(current())

    async def current():
        return Turn.current()

    begun, seen = await asyncio.create_task(of_a_batch())
    assert seen is begun
    assert await current() is None
