"""A job queue that does not answer, and one that says too much."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from stepping import until

from openviper.conf import override_settings
from openviper.core.email import DeliveryError, send_email


async def test_a_queue_that_does_not_let_itself_be_stopped_is_left_to_itself(jobs, monkeypatch):
    """EMAIL_TIMEOUT holds; it may have the message."""
    may_end, ended = asyncio.Event(), []

    async def enqueue(*args, **kwargs):
        try:
            with suppress(asyncio.CancelledError):
                await may_end.wait()
            await may_end.wait()
        finally:
            ended.append(True)
        return kwargs["id"]

    monkeypatch.setattr(jobs, "enqueue", enqueue)
    with override_settings(EMAIL_TIMEOUT=0.1):
        async with asyncio.timeout(10):
            with pytest.raises(DeliveryError, match=r"no answer within 0\.1 s") as caught:
                await send_email("ada@example.org", "s", "t")
    assert [each.outcome for each in caught.value.result.refused] == ["ambiguous"]
    assert not ended
    may_end.set()
    await until(lambda: ended)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("redis://:s3cret@broker/0 refused", "redis://***@broker/0 refused"),
        ("no amqp://ada:s3@c/ret@broker:5672, no", "no amqp://***@broker:5672, no"),
        ("https://broker/x is down; ask ada@example.org", "https://broker/x is down; ask ada@example.org"),
    ],
)
async def test_the_error_of_a_queue_is_told_without_its_password(jobs, said, shown):
    """Where it stands in a URL, as that of a broker often does."""
    jobs.error = ConnectionError(said)
    with pytest.raises(DeliveryError) as caught:
        await send_email("ada@example.org", "s", "t")
    assert f"the job queue failed: ConnectionError: {shown})" in str(caught.value)
