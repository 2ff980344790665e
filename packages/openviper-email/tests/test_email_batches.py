"""Many messages at a time, as those who send them see it: with backends of their own, and over SMTP."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType

import pytest

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.email import EmailMessageData, InvalidMessage, send_messages, stream_messages
from openviper.core.email.backends.memory import outbox


@pytest.fixture(autouse=True)
def _outbox():
    outbox.clear()
    yield
    outbox.clear()


@pytest.fixture
def memory():
    """What is sent is kept."""
    with override_settings(EMAIL_BACKEND="memory"):
        yield outbox


@pytest.fixture
def backend(monkeypatch):
    """Return a function that puts a class in force as the backend of the default mailer."""
    overrides = []

    def use(cls, **settings):
        module = ModuleType("shop_mail")
        module.Backend = cls
        monkeypatch.setitem(sys.modules, "shop_mail", module)
        override = override_settings(EMAIL_BACKEND="shop_mail.Backend", **settings)
        override.__enter__()
        overrides.append(override)

    yield use
    for override in reversed(overrides):
        override.__exit__(None, None, None)


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

    with pytest.raises(TypeError, match="message 1 is of type str; expected what compose_email returns"):
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
        assert f"{each.message_id} was interrupted while it was being sent; it may not have been" in logged
