"""The end of mailers: what comes then is refused, what is under way has its time, and each backend is closed once."""

from __future__ import annotations

import asyncio

import pytest
from mailer_backends import message
from stepping import until

from openviper.conf import override_settings
from openviper.core.email import close_mailers, send_messages
from openviper.core.email.mailers import get_mailer


async def test_a_backend_is_closed_once_and_whoever_closes_it_too_waits_for_that(module):
    """A mailer whose settings are replaced is being closed already when the application stops."""
    calls, ended, go_on = [], [], asyncio.Event()

    class Slow:
        async def send(self, message_data):
            pass

        async def close(self):
            calls.append(self)
            await go_on.wait()
            ended.append(self)

    module.Backend = Slow
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        get_mailer()
    with override_settings(EMAIL_BACKEND="console"):
        get_mailer()
        await asyncio.sleep(0)
        closing = asyncio.create_task(close_mailers())
        await asyncio.wait({closing}, timeout=0.05)
        assert (len(calls), closing.done()) == (1, False)
        go_on.set()
        await closing
    assert len(calls) == len(ended) == 1


async def test_whoever_is_cancelled_while_it_closes_a_mailer_leaves_nothing_open(module, caplog):
    """What is under way is given up, and named."""
    closed = []

    class Slow:
        async def send(self, message_data):
            await asyncio.Event().wait()

        async def close(self, timeout):  # noqa: ASYNC109 - a backend's own parameter
            closed.append(timeout)

    module.Backend = Slow
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        sending = asyncio.create_task(get_mailer().deliver(message(message_id="<one@example.org>")))
        await asyncio.sleep(0)
        closing = asyncio.create_task(close_mailers())
        await asyncio.sleep(0.02)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert closed == [0]
    assert "<one@example.org> was still under way when mailer 'default' had to close" in caplog.text


async def test_a_mailer_that_is_being_closed_takes_nothing_new(module):
    """What it has is finished; the answer to what comes says why, and it may be sent later."""
    seen, go_on = [], asyncio.Event()

    class Slow:
        async def send(self, message_data):
            seen.append(message_data.message_id)
            await go_on.wait()

    module.Backend = Slow
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        mailer = get_mailer()
        first = asyncio.create_task(mailer.deliver(message(message_id="<one@example.org>")))
        await asyncio.sleep(0)
        closing = asyncio.create_task(close_mailers())
        await asyncio.sleep(0)
        [refusal, _] = (await mailer.deliver(message())).transient
        assert refusal.text == "mailer 'default' is closed"
        go_on.set()
        assert (await first).ok
        await closing
        assert not (await mailer.deliver(message())).ok
        assert not (await mailer.once(message(), 1.0)).result.ok
    assert seen == ["<one@example.org>"]


async def test_a_mailer_that_closes_in_the_pause_leaves_the_answer_of_the_server(smtp_script):
    """That the program ends says less than what the server said."""
    server = smtp_script({"MAIL": "451 4.3.0 busy"})
    with override_settings(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.port):
        sending = asyncio.create_task(get_mailer().deliver(message()))
        await until(lambda: server.lines("MAIL"))
        await close_mailers()
        result = await sending
    assert {each.code for each in result.transient} == {451}
    assert len(server.lines("MAIL")) == 1


async def test_a_batch_that_goes_on_while_its_mailers_close_gets_no_others(module):
    """Its rest is refused for now, and nothing is opened that nobody would close."""
    made = []

    class Slow:
        def __init__(self):
            made.append(self)

        async def send(self, message_data):
            await asyncio.sleep(0.01)

    async def source():
        for number in range(20):
            yield message(using=("default", "bulk")[number % 2])
            if number == 9:
                await close_mailers()

    module.Backend = Slow
    mailers = {"bulk": {"BACKEND": "shop_mail.Backend"}}
    with override_settings(EMAIL_BACKEND="shop_mail.Backend", EMAIL_MAILERS=mailers):
        results = await send_messages(source())
    assert results[0].ok
    assert not any(results[10:])
    assert {each.text for one in results for each in one.transient} == {
        "mailer 'default' is closed",
        "mailer 'bulk' is closed",
    }
    assert len(made) == 2


async def test_a_mailer_that_a_batch_first_needs_when_all_are_closed_takes_nothing(module):
    """It was not there to be closed."""
    seen = []

    class Backend:
        async def send(self, message_data):
            seen.append(message_data.using)

    async def source():
        yield message()
        await close_mailers()
        yield message(using="bulk")

    module.Backend = Backend
    mailers = {"bulk": {"BACKEND": "shop_mail.Backend"}}
    with override_settings(EMAIL_BACKEND="shop_mail.Backend", EMAIL_MAILERS=mailers):
        results = await send_messages(source())
    assert [each.ok for each in results] == [True, False]
    assert seen == ["default"]


async def test_a_failover_that_closes_still_reaches_the_next_mailer(module):
    """That one has nothing of its own under way, and stays open for what the failover has."""
    ended, go_on = [], asyncio.Event()

    class First:
        async def send(self, message_data):
            await go_on.wait()
            raise OSError("down")

    class Second:
        async def send(self, message_data):
            assert not ended

        async def close(self):
            ended.append(self)

    module.First, module.Second = First, Second
    mailers = {"first": {"BACKEND": "shop_mail.First"}, "second": {"BACKEND": "shop_mail.Second"}}
    with override_settings(EMAIL_BACKEND="failover", EMAIL_FAILOVER=("first", "second"), EMAIL_MAILERS=mailers):
        sending = asyncio.create_task(get_mailer().deliver(message()))
        await asyncio.sleep(0.01)
        closing = asyncio.create_task(close_mailers())
        await asyncio.sleep(0.01)
        assert not ended
        go_on.set()
        result = await sending
        await closing
    assert result.ok, str(result)
    assert result.mailer == "second"
    assert len(ended) == 1
