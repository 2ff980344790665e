"""Batches that somebody stops taking results of."""

from __future__ import annotations

import asyncio

import pytest

from openviper.conf import override_settings
from openviper.core.email import (
    EmailMessageData,
    InvalidMessage,
    compose_email,
    send_message,
    send_messages,
    stream_messages,
)


def message(number=0, **fields):
    return EmailMessageData(
        **{"recipients": f"user{number}@example.org", "subject": str(number), "text": "x", **fields}
    )


async def test_whoever_stops_when_everything_was_taken_has_it_finished(backend):
    """Also what the source's end left under way."""
    sent = []

    class Slow:
        concurrency = 4

        async def send(self, message_data):
            await asyncio.sleep(int(message_data.subject) / 10)
            sent.append(message_data.subject)

    backend(Slow)
    stream = stream_messages([message(number) for number in range(3)])
    await anext(stream)
    await asyncio.sleep(0.05)
    await asyncio.wait_for(stream.aclose(), 5)
    assert sent == ["0", "1", "2"]


async def test_an_error_of_the_source_after_an_early_stop_is_logged(memory, caplog):
    """Whoever stopped is not told of it, and a cancellation stays one."""

    def source():
        yield message(0)
        raise LookupError("no more")

    stream = stream_messages(source())
    await anext(stream)
    await asyncio.sleep(0.05)
    await stream.aclose()
    assert "the source of a batch failed" in caplog.text
    assert "no more" in caplog.text


def test_a_program_that_ends_before_a_batch_begins_ends():
    """Its tasks are cancelled before their first step."""

    async def main():
        kept.append(asyncio.create_task(send_messages([message(0)])))
        await asyncio.sleep(0)

    kept = []
    with override_settings(EMAIL_BACKEND="memory"):
        asyncio.run(main())
    assert kept[0].cancelled()


async def test_whoever_stops_early_and_is_cancelled_leaves_nothing_running(backend, caplog):
    """What was cut off is named, and so is what was refused and nobody took."""
    ended = []

    class Hanging:
        concurrency = 4

        async def send(self, message_data):
            match message_data.subject:
                case "0":
                    return
                case "1":
                    await asyncio.sleep(0.05)
                    raise RuntimeError("no")
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(message_data.subject)

    backend(Hanging, EMAIL_TIMEOUT=0.5)
    messages = [message(number) for number in range(4)]
    stream = stream_messages(messages)
    await anext(stream)
    closing = asyncio.create_task(stream.aclose())
    await asyncio.sleep(0.2)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(closing, 5)
    assert sorted(ended) == ["2", "3"]
    assert asyncio.all_tasks() == {asyncio.current_task()}
    logged = [each.getMessage() for each in caplog.records]
    assert [messages[1].message_id in each for each in logged].count(True) == 1
    for each in messages[2:]:
        said = "was interrupted while it was being sent; it may have been, or not, for"
        assert f"{each.message_id} {said} {each.recipients[0]}" in logged


async def test_a_message_that_was_not_awaited_is_named(memory):
    """Among others, and alone; nothing is left for Python to warn of."""
    with pytest.raises(InvalidMessage, match=r"message 1 is of type coroutine; .* returns; await it first"):
        await send_messages([message(0), compose_email("ada@example.org", "s", "t")])
    with pytest.raises(InvalidMessage, match=r"data is of type coroutine; .* returns; await it first"):
        await send_message(compose_email("ada@example.org", "s", "t"))
    with pytest.raises(InvalidMessage, match=r"data is of type str; expected what compose_email returns$"):
        await send_message("ada@example.org")


async def test_whoever_stops_early_has_what_is_under_way_finished(backend, caplog):
    """Nothing is cut off in the middle; what nobody was told of is logged."""
    sent = []

    class Slow:
        concurrency = 3

        async def send(self, message_data):
            if message_data.subject != "0":
                await asyncio.sleep(0.05)
            sent.append(message_data.subject)
            if message_data.subject == "2":
                raise RuntimeError("no")

    backend(Slow, EMAIL_TIMEOUT=0.5)
    stream = stream_messages(message(number) for number in range(3))
    async for _ in stream:
        break
    await stream.aclose()
    assert sorted(sent) == ["0", "1", "2"]
    said = sorted((each.levelname, each.getMessage().partition("> ")[2][:60]) for each in caplog.records)
    assert [level for level, _ in said] == ["ERROR", "WARNING"]
    assert "user2@example.org: transient" in caplog.text
    assert said[1][1] == "was accepted for all of its 1 recipients"


@pytest.mark.parametrize("is_kept", [True, False])
def test_whoever_stops_and_ends_the_loop_is_told_what_that_cut_off(backend, caplog, is_kept):
    """Each message that was taken is sent, or named in the log; and the loop does end, whoever still has the stream."""
    taken, sent, kept, seen = [], [], [], []

    class Slow:
        concurrency = 3

        async def send(self, message_data):
            if len(sent) >= 2:
                await asyncio.sleep(60)
            sent.append(message_data.message_id)

    def source():
        for number in range(100):
            taken.append(message(number))
            yield taken[-1]

    async def main():
        stream = stream_messages(source())
        kept.extend([stream] * is_kept)
        async for each in stream:
            seen.append(each.message_id)
            break

    backend(Slow)
    asyncio.run(main())
    logged = " ".join(each.getMessage() for each in caplog.records)
    assert len(sent) >= 2
    assert [each.message_id for each in taken if each.message_id not in logged] == seen
    assert all(f"{each} was accepted" in logged for each in set(sent) - set(seen))
