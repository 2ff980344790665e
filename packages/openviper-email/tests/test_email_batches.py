"""Many messages at a time, as those who send them see it: with backends of their own, and over SMTP."""

from __future__ import annotations

import asyncio

import pytest

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.email import (
    EmailMessageData,
    InvalidMessage,
    MessageTooLarge,
    send_messages,
    stream_messages,
)
from openviper.core.email.mailers import get_mailer


def message(number=0, **fields):
    return EmailMessageData(
        **{"recipients": f"user{number}@example.org", "subject": str(number), "text": "x", **fields}
    )


async def test_a_message_whose_mailer_is_none_does_not_stop_the_others(memory):
    """It is refused for good, with the names that there are."""
    results = await send_messages([message(0), message(1, using="nope"), message(2)])
    assert [each.ok for each in results] == [True, False, True]
    assert [each.data.subject for each in memory] == ["0", "2"]
    [refusal] = results[1].permanent
    assert "using='nope' names no mailer" in refusal.text
    assert results[1].mailer == "nope"


@pytest.mark.parametrize(
    ("using", "error", "says"),
    [
        ("nope", ImproperlyConfigured, "using='nope' names no mailer"),
        (["x"], InvalidMessage, "using is of type list"),
    ],
)
async def test_a_mailer_of_all_that_is_none_is_told_before_any_is_sent(memory, using, error, says):
    """No message is taken for it."""
    messages = iter([message(0)])
    with pytest.raises(error, match=says):
        await send_messages(messages, using=using)
    assert next(messages).subject == "0"
    assert not memory


@pytest.mark.parametrize("using", [None, "default"])
async def test_what_is_no_message_is_refused_whatever_mailer_sends(memory, using):
    """After what came before it."""
    arrived = []

    async def collect():
        async for each in stream_messages([message(0), "ada@example.org"], using=using):
            arrived.append(each)  # noqa: PERF401 - what came before the error is to be kept

    with pytest.raises(InvalidMessage, match="message 1 is of type str; expected what compose_email returns"):
        await collect()
    assert [each.ok for each in arrived] == [True]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_results_of_a_batch_stand_in_the_order_of_its_messages(backend):
    """Whatever order they came in."""

    class Reversed:
        concurrency = 10

        async def send(self, message_data):
            await asyncio.sleep((9 - int(message_data.subject)) / 200)

    backend(Reversed)
    messages = [message(number) for number in range(10)]
    results = await send_messages(messages)
    assert [each.message_id for each in results] == [each.message_id for each in messages]
    assert all(each.ok for each in results)


async def test_results_of_a_stream_come_as_they_are_ready(backend):
    """A slow message does not hold the others up, nor does a source that has nothing more yet."""
    more = asyncio.Event()

    class Slow:
        concurrency = 3

        async def send(self, message_data):
            if message_data.subject == "0":
                await more.wait()

    async def source():
        yield message(0)
        yield message(1)
        await more.wait()
        yield message(2)

    backend(Slow)
    arrived = []
    async for result in stream_messages(source()):
        arrived.append(result.accepted[0].recipient)
        more.set()
    assert arrived[0] == "user1@example.org"
    assert sorted(arrived) == [f"user{number}@example.org" for number in range(3)]


async def test_one_bad_message_never_stops_the_others(backend):
    """An error, a refusal, nonsense and an oversized message are results of their own."""

    class Picky:
        async def send(self, message_data):
            match message_data.subject:
                case "1":
                    raise RuntimeError("broken pipe")
                case "2":
                    return "sent"
                case "3":
                    raise MessageTooLarge("it has 7 bytes")
            return None

    backend(Picky, EMAIL_TIMEOUT=0.5)
    results = await send_messages([message(number) for number in range(5)])
    assert [each.ok for each in results] == [True, False, False, False, True]
    assert [each.refused[0].outcome for each in results[1:4]] == ["transient", "ambiguous", "permanent"]
    assert results[3].refused[0].text == "it has 7 bytes"


async def test_a_backend_gets_no_more_messages_at_a_time_than_it_says(backend):
    """1 where it says nothing."""
    at_once, most = 0, []

    class Counting:
        async def send(self, message_data):
            nonlocal at_once
            at_once += 1
            most.append(at_once)
            await asyncio.sleep(0)
            at_once -= 1

    backend(Counting)
    await send_messages([message(number) for number in range(20)])
    assert max(most) == 1
    Counting.concurrency = 4
    backend(Counting)
    await send_messages([message(number) for number in range(20)])
    assert max(most) == 4


async def test_the_source_is_asked_for_more_only_when_there_is_room(backend):
    """However long it is, only so many messages exist as are under way or wait to be taken."""
    made, taken, most = 0, 0, 0

    class Quick:
        concurrency = 4

        async def send(self, message_data):
            await asyncio.sleep(0)

    async def source():
        nonlocal made, most
        for number in range(2_000):
            made += 1
            most = max(most, made - taken)
            yield message(number)

    backend(Quick)
    async for _ in stream_messages(source()):
        taken += 1
        if taken == 10:
            await asyncio.sleep(0.05)
    assert taken == 2_000
    assert most < 40


async def test_an_error_of_the_source_comes_after_what_was_under_way(backend):
    """What had been taken is sent, and its results are given."""
    sent = []

    class Slow:
        concurrency = 4

        async def send(self, message_data):
            await asyncio.sleep(0.02)
            sent.append(message_data.subject)

    async def source():
        yield message(0)
        yield message(1)
        raise LookupError("no more")

    backend(Slow)
    results = []

    async def collect():
        async for result in stream_messages(source()):
            results.append(result)  # noqa: PERF401 - what came before the error is to be kept

    with pytest.raises(LookupError, match="no more"):
        await collect()
    assert sorted(sent) == ["0", "1"]
    assert len(results) == 2


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        (["ada@example.org"], "message 0 is of type str; expected what compose_email returns"),
        ([None], "message 0 is of type NoneType; expected what compose_email returns"),
        ("ada@example.org", "messages is of type str"),
        (7, "messages is of type int"),
    ],
)
async def test_what_is_no_batch_of_messages_is_refused(memory, messages, says):
    """The error says what was given, and where."""
    with pytest.raises(InvalidMessage) as caught:
        await send_messages(messages)
    assert str(caught.value).startswith(says)


async def test_a_batch_goes_by_the_mailer_of_each_message_or_by_one(memory):
    """``using`` of the call stands instead of that of the messages."""
    with override_settings(EMAIL_BACKEND="memory", EMAIL_MAILERS={"bulk": {"BACKEND": "memory"}}):
        get_mailer("bulk")
        results = await send_messages([message(0), message(1, using="bulk")])
        assert [each.mailer for each in results] == ["default", "bulk"]
        results = await send_messages([message(0), message(1)], using="bulk")
        assert [each.mailer for each in results] == ["bulk", "bulk"]


async def test_an_empty_batch_has_no_results(memory):
    """Nothing is no error."""
    assert await send_messages([]) == []
