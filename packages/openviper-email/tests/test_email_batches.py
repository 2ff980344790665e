"""Many messages at a time, as those who send them see it: with backends of their own, and over SMTP."""

from __future__ import annotations

import asyncio

import pytest

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.email import (
    EmailMessageData,
    InvalidMessage,
    MessageTooLarge,
    compose_email,
    send_message,
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


def smtp(port, **settings):
    return override_settings(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, **settings)


async def numbered(count):
    for number in range(count):
        yield message(number, message_id=f"<{number}@example.org>", text="x" * (number * 37 % 3_000))


def message_ids(data):
    return [line.split(b": ")[1].decode() for each in data for line in each.splitlines() if b"Message-ID: " in line]


async def test_a_batch_arrives_whole_and_once(smtp_sink):
    """Every message that was accepted is there, and none twice."""
    sink = smtp_sink(keep=True)
    with smtp(sink.port):
        accepted = [each.message_id async for each in stream_messages(numbered(300)) if each.ok]
    assert len(accepted) == 300
    assert sorted(message_ids(sink.messages())) == sorted(accepted)


@pytest.mark.parametrize("size", [1, 4])
async def test_every_message_of_a_batch_is_delivered_once_refused_or_ambiguous(smtp_script, monkeypatch, size):
    """Whatever a server does in between: what it took and what is told agree."""
    from smtp_script import CLOSE, RESET

    monkeypatch.setattr("openviper.core.email._sending.attempts._PAUSE", (0, 0.01))
    faulty = {
        "MAIL": ["250 ok"] * 5 + ["451 4.3.0 later", "421 4.3.2 shutting down"],
        "RCPT": ["250 ok"] * 3 + ["550 5.1.1 no such user", "451 4.3.0 later"],
        ".": ["250 ok", "554 5.7.1 spam", "250 ok", CLOSE],
    }
    server = smtp_script(faulty, {"DATA": ["354 go", RESET]}, {".": ["250 ok"] * 3 + [RESET]}, faulty, {})
    with smtp(server.port, EMAIL_POOL_SIZE=size, EMAIL_TIMEOUT=5.0):
        results = await send_messages(numbered(120))
    outcomes = {each.message_id: next((refusal.outcome for refusal in each.refused), "accepted") for each in results}
    assert list(outcomes) == [f"<{number}@example.org>" for number in range(120)]
    taken = message_ids(each.data for each in server.received)
    assert {each for each, outcome in outcomes.items() if outcome == "accepted"} <= set(taken)
    assert not {each for each, outcome in outcomes.items() if outcome == "transient"} & set(taken)
    assert set(outcomes.values()) >= {"accepted", "permanent", "ambiguous"}
    assert max(map(taken.count, taken)) == 1


async def test_large_messages_are_not_taken_before_there_is_room(backend):
    """A generator of many megabytes is asked for one more when those under way are few."""
    taken, under_way, most = 0, 0, []

    class Slow:
        concurrency = 32

        async def send(self, message_data):
            nonlocal under_way
            await asyncio.sleep(0.001)
            under_way -= 1

    def messages():
        nonlocal taken, under_way
        for number in range(20):
            taken, under_way = taken + 1, under_way + 1
            most.append(under_way)
            text = "x" * (10_000_000 if number < 15 else 1)
            yield EmailMessageData(recipients="ada@example.org", subject="s", text=text)

    backend(Slow)
    results = await send_messages(messages())
    assert len(results) == taken == 20
    assert all(each.ok for each in results)
    assert 4 <= max(most[:15]) <= 5
