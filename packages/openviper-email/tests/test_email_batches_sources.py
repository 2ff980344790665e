"""Where a batch takes its messages from: how far it reads, and that it leaves nothing open."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing

import pytest

from openviper.conf import override_settings
from openviper.core.email import EmailMessageData, InvalidMessage, send_messages, stream_messages


def message(number=0, **fields):
    return EmailMessageData(recipients=f"user{number}@example.org", subject=str(number), text="x", **fields)


@pytest.fixture
def _no_collector():
    gc.disable()
    yield
    gc.enable()


class Source:
    """Messages without an end, or something else after a few; ``with`` what has to be closed."""

    def __init__(self, *, then=None):
        self.is_open, self._then = False, then

    def plain(self):
        self.is_open = True
        try:
            for number in range(1_000):
                yield message(number) if self._then is None or number < 3 else self._then
        finally:
            self.is_open = False

    async def with_awaits(self):
        self.is_open = True
        try:
            for number in range(1_000):
                await asyncio.sleep(0)
                yield message(number) if self._then is None or number < 3 else self._then
        finally:
            await asyncio.sleep(0)
            self.is_open = False


@pytest.mark.usefixtures("memory", "_no_collector")
@pytest.mark.parametrize("kind", ["plain", "with_awaits"])
class TestClosing:
    async def test_whoever_stops_early_has_the_source_closed(self, kind):
        """By the time the stream is."""
        source = Source()
        messages = getattr(source, kind)()
        async with aclosing(stream_messages(messages)) as results:
            async for _ in results:
                assert source.is_open
                break
        assert not source.is_open

    async def test_what_is_no_message_closes_the_source(self, kind):
        """The error comes when it is closed."""
        source = Source(then="ada@example.org")
        messages = getattr(source, kind)()
        with pytest.raises(InvalidMessage, match="message 3 is of type str"):
            await send_messages(messages)
        assert not source.is_open

    async def test_a_cancelled_batch_closes_the_source(self, kind):
        """Whatever it was waiting for."""
        source = Source()
        messages = getattr(source, kind)()
        sending = asyncio.create_task(send_messages(messages))
        while not source.is_open:  # noqa: ASYNC110 - another task of this loop opens it
            await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert not source.is_open


@pytest.mark.usefixtures("memory")
async def test_what_closing_the_source_raises_is_an_error_of_the_source():
    """It comes after all results."""

    async def source():
        try:
            yield message(0)
            yield "ada@example.org"
        finally:
            raise LookupError("the cursor is gone")

    with pytest.raises(LookupError, match="the cursor is gone"):
        await send_messages(source())


@pytest.mark.usefixtures("memory")
async def test_a_source_that_hangs_while_it_is_closed_can_be_cancelled():
    """By whoever waits for the end of the stream."""
    ended = []

    async def source():
        try:
            for number in range(100):
                yield message(number)
        finally:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(True)

    stream = stream_messages(source())
    await anext(stream)
    closing = asyncio.create_task(stream.aclose())
    await asyncio.wait({closing}, timeout=0.05)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(closing, 5)
    assert ended == [True]


async def test_each_mailer_of_a_batch_has_places_of_its_own(backend):
    """One that is slow takes those of the others only when it has more messages than it takes."""
    go_on, sent = asyncio.Event(), []

    class Backend:
        concurrency = 2

        async def send(self, message_data):
            if message_data.using == "slow":
                await go_on.wait()
            sent.append(message_data.subject)
            if message_data.subject == "4":
                go_on.set()

    backend(Backend)
    order = ["default", "slow", "slow", "default", "default"]
    mailers = {"slow": {"BACKEND": "shop_mail.Backend"}}
    with override_settings(EMAIL_BACKEND="shop_mail.Backend", EMAIL_MAILERS=mailers):
        async with asyncio.timeout(5):
            results = await send_messages([message(number, using=using) for number, using in enumerate(order)])
    assert all(results)
    assert sorted(sent) == ["0", "1", "2", "3", "4"]
    assert set(sent[:3]) == {"0", "3", "4"}
