"""Large messages take turns."""

from __future__ import annotations

import asyncio

import pytest

from openviper.core.email import AttachmentData, EmailMessageData
from openviper.core.email._sending.byte_budget import ByteBudget, counted_bytes


async def waiting(budget, *sizes):
    tasks = [asyncio.create_task(budget.take(size)) for size in sizes]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_as_much_as_fits_is_let_in_in_turn():
    """Nobody who comes later overtakes, however small."""
    budget = ByteBudget(10)
    tasks = await waiting(budget, 6, 4, 5, 1)
    assert [task.done() for task in tasks] == [True, True, False, False]
    budget.give_back(4)
    await asyncio.sleep(0)
    assert [task.done() for task in tasks] == [True, True, False, False]
    budget.give_back(6)
    await asyncio.gather(*tasks)


async def test_one_that_is_too_large_is_let_in_alone():
    """Else it would wait for ever."""
    budget = ByteBudget(10)
    await budget.take(100)
    [next_one] = await waiting(budget, 1)
    assert not next_one.done()
    budget.give_back(100)
    await next_one
    [large] = await waiting(budget, 100)
    assert not large.done()
    budget.give_back(1)
    await large


async def test_nothing_is_let_in_at_once():
    """What is not counted waits for nobody."""
    budget = ByteBudget(10)
    await budget.take(10)
    tasks = await waiting(budget, 5)
    await budget.take(0)
    budget.give_back(0)
    assert not tasks[0].done()
    budget.give_back(10)
    await tasks[0]


@pytest.mark.parametrize("cancelled", [0, 1, 2])
async def test_whoever_gives_up_leaves_the_turn_to_the_next(cancelled):
    """Whether it waits first, or was let in at the same moment."""
    budget = ByteBudget(10)
    await budget.take(10)
    tasks = await waiting(budget, 10, 10, 10)
    for is_late in (False, True):
        if is_late is (cancelled == 1):
            tasks[cancelled].cancel()
        if not is_late:
            budget.give_back(10)
    for index, task in enumerate(tasks):
        if index != cancelled:
            await asyncio.wait_for(task, 5)
            budget.give_back(10)
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait_for(budget.take(10), 5)


async def test_whoever_is_cancelled_when_it_has_the_turn_already_gives_it_back():
    """Before it could note that it has it."""
    budget = ByteBudget(10)
    await budget.take(10)
    waiting = asyncio.create_task(budget.take(10))
    await asyncio.sleep(0)
    budget.give_back(10)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.wait_for(budget.take(10), 5)


async def test_a_deadline_is_the_end_of_waiting():
    """And the next one has the turn."""
    budget = ByteBudget(10)
    await budget.take(10)
    with pytest.raises(TimeoutError):
        await budget.take(10, asyncio.get_running_loop().time() + 0.01)
    budget.give_back(10)
    await asyncio.wait_for(budget.take(10), 5)


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"text": "x" * 65_536}, 0),
        ({"text": "x" * 40_000, "html": "x" * 40_000}, 80_000),
        ({"text": "x", "attachments": [AttachmentData("a.bin", b"x" * 100_000)]}, 100_001),
    ],
)
def test_small_messages_are_not_counted(fields, size):
    """Hundreds of them are a few megabytes."""
    assert counted_bytes(EmailMessageData(recipients="ada@example.org", subject="s", **fields)) == size
