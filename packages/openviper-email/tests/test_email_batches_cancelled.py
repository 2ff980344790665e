"""Batches that are cancelled, and results that nobody gets."""

from __future__ import annotations

import asyncio

import pytest

from openviper.core.email import (
    EmailMessageData,
    send_messages,
    stream_messages,
)
from openviper.core.email.mailers import get_mailer


def message(number=0, **fields):
    return EmailMessageData(
        **{"recipients": f"user{number}@example.org", "subject": str(number), "text": "x", **fields}
    )


@pytest.mark.parametrize("concurrency", [1, 2])
async def test_a_cancellation_inside_a_backend_does_not_stop_the_batch(backend, concurrency):
    """A task of its own was cancelled: that message may have been sent, and each other has its result."""

    class Sharing:
        async def send(self, message_data):
            if message_data.subject in "147":
                future = asyncio.get_running_loop().create_future()
                asyncio.get_running_loop().call_soon(future.cancel)
                await future

    Sharing.concurrency = concurrency
    backend(Sharing, EMAIL_TIMEOUT=0.5)
    messages = [message(number) for number in range(10)]
    results = await asyncio.wait_for(send_messages(messages), 5)
    assert [each.message_id for each in results] == [each.message_id for each in messages]
    assert [number for number, each in enumerate(results) if each.ambiguous] == [1, 4, 7]
    assert sum(each.ok for each in results) == 7


async def test_a_refusal_that_nobody_took_is_logged(backend, caplog):
    """Also when everything was done before whoever took results stopped."""

    class Refusing:
        async def send(self, message_data):
            raise RuntimeError("no")

    backend(Refusing, EMAIL_TIMEOUT=0.5)
    stream = stream_messages([message(number) for number in range(3)])
    await anext(stream)
    await asyncio.sleep(0.05)
    await stream.aclose()
    assert len([each for each in caplog.records if "nobody waited" in each.getMessage()]) == 2


async def test_what_a_cancelled_stream_delivered_and_nobody_took_is_in_the_log(backend, caplog):
    """Whoever sends it again, not knowing, sends it twice."""
    seen, under_way, everybody = [], [], asyncio.Event()

    class Together:
        concurrency = 4

        # One that keeps to its time by itself runs in the batch's own task, and so is done when that is cancelled.
        async def send(self, message_data, *, seconds):
            under_way.append(message_data)
            if len(under_way) == 4:
                everybody.set()
            await everybody.wait()
            if message_data.subject == "2":
                reading.cancel()
            if message_data.subject == "3":
                await asyncio.Event().wait()

    async def collect():
        async for each in stream_messages(message(number) for number in range(4)):
            seen.append(each)  # noqa: PERF401 - what came before the cancellation is to be kept

    backend(Together, EMAIL_TIMEOUT=5.0)
    reading = asyncio.create_task(collect())
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not seen
    logged = [each.getMessage() for each in caplog.records]
    said = [[line for line in logged if each.message_id in line] for each in under_way]
    assert [len(each) for each in said] == [1] * 4
    assert ["was accepted" in each[0] for each in said] == [True, True, True, False]
    assert "was interrupted" in said[3][0]


@pytest.mark.parametrize("error", [asyncio.CancelledError, LookupError])
async def test_a_batch_whose_results_nobody_gets_leaves_them_in_the_log(backend, caplog, error):
    """Whoever sends a list has none of them when it is cancelled, or its source raises."""

    class Picky:
        async def send(self, message_data):
            if message_data.subject == "1":
                raise RuntimeError("no")

    messages = [message(number) for number in range(3)]

    async def source():
        for each in messages:
            yield each
        await asyncio.sleep(0.05)
        if error is LookupError:
            raise LookupError
        sending.cancel()
        await asyncio.Event().wait()

    backend(Picky, EMAIL_TIMEOUT=0.5)
    sending = asyncio.create_task(send_messages(source()))
    with pytest.raises(error):
        await sending
    logged = [(each.levelname, each.getMessage()) for each in caplog.records if "nobody" in each.getMessage()]
    assert [level for level, _ in logged] == ["WARNING", "ERROR", "WARNING"]
    assert all(given.message_id in line for given, (_, line) in zip(messages, logged, strict=True))


def test_a_program_ends_with_results_that_nobody_takes(backend):
    """However many there are, and whoever still has the stream."""
    kept = []

    class Fast:
        concurrency = 4

        async def send(self, message_data):
            pass

    async def main():
        kept.append(stream_messages(message(number) for number in range(200)))
        async for _ in kept[0]:
            await asyncio.sleep(0.05)
            break

    backend(Fast)
    asyncio.run(main())


async def test_a_cancelled_batch_leaves_nothing_running(backend):
    """Neither the source nor a message goes on."""
    ended = []

    class Hanging:
        concurrency = 3

        async def send(self, message_data):
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(message_data.subject)

    backend(Hanging)
    sending = asyncio.create_task(send_messages(message(number) for number in range(10)))
    await asyncio.sleep(0.05)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert sorted(ended) == ["0", "1", "2"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_message_of_a_cancelled_batch_that_waited_for_its_turn_was_not_sent(backend, caplog):
    """The log tells it from those that may have been, and names each of them once."""

    class Hanging:
        async def send(self, message_data):
            await asyncio.Event().wait()

    backend(Hanging)
    messages = [message(0), message(1)]
    async with get_mailer().slots:
        sending = asyncio.create_task(send_messages(messages[1:]))
        await asyncio.sleep(0.05)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    sending = asyncio.create_task(send_messages(messages[:1]))
    await asyncio.sleep(0.05)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    waited, under_way = [each.getMessage() for each in caplog.records]
    assert waited == f"{messages[1].message_id} was taken from a batch that was interrupted, and not sent"
    assert under_way.startswith(f"{messages[0].message_id} was interrupted while it was being sent")
