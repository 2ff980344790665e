"""Whose cancellation it is, and what the log says of the message."""

from __future__ import annotations

import asyncio

import pytest

from openviper.core.email import EmailMessageData
from openviper.core.email._sending.cancelling import is_cancelled, log_interrupted


async def waiting(future):
    try:
        await future
    except asyncio.CancelledError:
        return is_cancelled()


@pytest.mark.parametrize("of_task", [True, False])
async def test_a_cancelled_task_is_told_from_one_that_waited_for_something_cancelled(of_task):
    """Both get the same error."""
    future = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(waiting(future))
    await asyncio.sleep(0)
    (task if of_task else future).cancel()
    assert await task is of_task


async def test_a_deadline_that_is_over_is_no_cancellation():
    """Whoever had it goes on."""
    future = asyncio.get_running_loop().create_future()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await future
    assert not is_cancelled()


@pytest.mark.parametrize(
    ("count", "ends"), [(1, "for user0@b.org"), (5, ", user4@b.org"), (8, ", user4@b.org and 3 more")]
)
def test_a_line_of_the_log_names_a_few_recipients(caplog, count, ends):
    """However many there are."""
    every = [f"user{number}@b.org" for number in range(count)]
    log_interrupted(EmailMessageData(recipients=every, subject="s", text="t", message_id="<1@b.org>"), "sent")
    [line] = [each.getMessage() for each in caplog.records]
    assert line.startswith(
        "<1@b.org> was interrupted while it was being sent; it may have been, or not, for user0@b.org"
    )
    assert line.endswith(ends)
