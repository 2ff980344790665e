"""Deadlines of deliveries."""

from __future__ import annotations

import asyncio

import pytest

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
