"""Deadlines of deliveries."""

from __future__ import annotations

import asyncio

import pytest

from openviper.core.email._sending.turns import Turn
from openviper.core.email._smtp.alarm import Alarm
from openviper.core.email._smtp.delivery import Delivery, Wires


@pytest.fixture
def delivery(mail):
    """Return ``delivery(seconds)``: one that has so much time."""
    return lambda seconds: Delivery(mail(), Wires(None), asyncio.get_running_loop().time() + seconds)


@pytest.mark.parametrize("order", [(0.05, 0.1, 30), (0.1, 30, 0.05), (30, 0.1, 0.05), (0.05, 0.05, 30)])
async def test_each_is_given_up_in_its_time(delivery, order):
    """In whatever order they came, and none before."""
    alarm = Alarm("mail.example.org:25")
    every = {index: (seconds, delivery(seconds)) for index, seconds in enumerate(order)}
    for seconds, each in every.values():
        alarm.watch(each, seconds)
    for seconds, each in every.values():
        if seconds < 30:
            await asyncio.wait_for(each.done, 5)
            assert each.result().refused[0].text == f"mail.example.org:25: not done within {seconds} s"
            alarm.forget(each)
    [left] = [each for seconds, each in every.values() if seconds == 30]
    assert not left.done.done()
    assert not left.over
    alarm.forget(left)


async def test_what_is_forgotten_is_left_alone(delivery):
    """And the others are not."""
    alarm = Alarm("mail.example.org:25")
    first, second = delivery(0.02), delivery(0.05)
    alarm.watch(first, 0.02)
    alarm.watch(second, 0.05)
    alarm.forget(first)
    await asyncio.wait_for(second.done, 5)
    assert not first.over
    third = delivery(0.01)
    alarm.watch(third, 0.01)
    await asyncio.wait_for(third.done, 5)


async def test_who_waits_for_a_turn_has_its_seconds_from_the_last_answer_on(delivery, mail):
    """And from its turn on, like any other."""
    alarm, clock = Alarm("mail.example.org:25"), asyncio.get_running_loop().time
    turn = Turn()
    waiting = Delivery(mail(), Wires(None), clock() + 0.2, turn)
    alarm.watch(waiting, 0.2)
    for _ in range(5):
        await asyncio.sleep(0.1)
        alarm.hear()
    assert not waiting.over
    waiting.begin()
    assert turn.waited == pytest.approx(0.5, abs=0.3)
    assert 0.1 < waiting.deadline - clock() <= 0.2
    waiting.begin()
    alarm.hear()
    await asyncio.wait_for(waiting.done, 0.25)
    assert waiting.over == "mail.example.org:25: not done within 0.2 s"


async def test_who_waits_for_a_turn_is_given_up_where_nobody_has_an_answer(mail):
    """That is no slow server, but none."""
    alarm, clock = Alarm("mail.example.org:25"), asyncio.get_running_loop().time
    waiting = Delivery(mail(), Wires(None), clock() + 0.05, Turn())
    alarm.watch(waiting, 0.05)
    await asyncio.wait_for(waiting.done, 5)
    assert waiting.result().transient
