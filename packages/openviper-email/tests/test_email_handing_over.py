"""Backends that are not async, hang, are cancelled, or run out of time."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress

import pytest
from mailer_backends import TO, accepted, message
from smtp_script import SILENCE
from stepping import until

from openviper.conf import override_settings
from openviper.core.email import DeliveryResult, RecipientResult, _threads, close_mailers, send_email
from openviper.core.email.mailers import get_mailer


async def test_a_backend_that_is_not_async_runs_in_a_thread(answered):
    """It may block: the loop goes on meanwhile."""
    threads = []

    class Blocking:
        def send(self, message_data):
            threads.append(threading.current_thread())
            time.sleep(0.1)

    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticking = asyncio.create_task(tick())
    result = await answered(Blocking)
    ticking.cancel()
    assert result.ok
    assert threads[0] is not threading.main_thread()
    assert ticks > 3


async def test_a_function_that_returns_a_coroutine_is_awaited(answered):
    """A decorator may hide that a backend is async."""
    sent = []

    class Hidden:
        def send(self, message_data):
            async def sending():
                sent.append(message_data.subject)

            return sending()

    assert (await answered(Hidden)).ok
    assert sent == ["s"]


async def test_a_backend_that_never_answers_may_have_sent(answered):
    """It is stopped at its deadline, and nobody claims to know."""

    class Hanging:
        async def send(self, message_data):
            await asyncio.Event().wait()

    result = await answered(Hanging, seconds=0.1)
    assert [each.outcome for each in result.refused] == ["ambiguous", "ambiguous"]


def cancelled():
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    return future


async def test_a_backend_whose_own_task_was_cancelled_may_have_sent(answered):
    """Nobody cancelled who waits for the answer: there is one."""

    class Sharing:
        async def send(self, message_data):
            await cancelled()

    result = await answered(Sharing)
    assert [each.recipient for each in result.ambiguous] == list(TO)
    assert "cancelled" in result.refused[0].text


async def test_a_task_that_is_cancelled_in_the_second_attempt_does_not_hide_the_first(module, monkeypatch):
    """Who accepted it is known."""
    monkeypatch.setattr("openviper.core.email._sending.attempts._PAUSE", (0, 0))
    answers = [
        DeliveryResult.of("<1@example.org>", [*accepted("ada"), RecipientResult(TO[1], "transient", 451)]),
        None,
    ]

    class Sharing:
        async def send(self, message_data):
            answer = answers.pop(0)
            return await cancelled() if answer is None else answer

    module.Backend = Sharing
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        result = await get_mailer().deliver(message())
    assert [each.recipient for each in result.accepted] == [TO[0]]
    assert [each.recipient for each in result.ambiguous] == [TO[1]]


async def test_a_sender_that_is_cancelled_leaves_its_message_in_the_log(smtp_script, caplog):
    """The server has it already, or not; nobody else is told."""
    server = smtp_script({".": SILENCE})
    to = tuple(f"user{number}@example.org" for number in range(7))
    with override_settings(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.port):
        sending = asyncio.create_task(send_email(to, "s", "t", message_id="<1@example.org>"))
        await until(lambda: server.received)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await close_mailers(0)
    assert [each.getMessage() for each in caplog.records] == [
        "<1@example.org> was interrupted while it was being sent; it may have been, or not, for user0@example.org, "
        "user1@example.org, user2@example.org, user3@example.org, user4@example.org and 2 more"
    ]


def test_a_loop_that_ends_leaves_the_messages_in_the_log_that_it_cuts_off(module, caplog):
    """A task that nobody awaits."""

    class Hanging:
        async def send(self, message_data):
            await asyncio.Event().wait()

    async def main():
        kept.append(asyncio.create_task(get_mailer().deliver(message())))
        await asyncio.sleep(0.05)

    kept = []
    module.Backend = Hanging
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        asyncio.run(main())
    assert "<1@example.org> was interrupted while it was being sent" in caplog.text


async def test_whoever_cancels_is_not_answered(answered):
    """Nor is whoever has a deadline of its own."""

    class Hanging:
        async def send(self, message_data):
            await asyncio.Event().wait()

    sending = asyncio.create_task(answered(Hanging, seconds=5))
    await asyncio.sleep(0.05)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(answered(Hanging, seconds=5), 0.05)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await answered(Hanging, seconds=5)


async def test_a_backend_that_does_not_let_itself_be_stopped_is_left_to_itself(answered):
    """EMAIL_TIMEOUT holds, whatever it does with its cancellation."""
    let_go = asyncio.Event()

    class Stubborn:
        async def send(self, message_data):
            while not let_go.is_set():
                with suppress(asyncio.CancelledError):
                    await let_go.wait()

    async with asyncio.timeout(5):
        result = await answered(Stubborn, seconds=0.1)
    assert [each.outcome for each in result.refused] == ["ambiguous", "ambiguous"]
    let_go.set()


async def test_a_backend_that_ends_well_when_it_is_stopped_has_sent(answered):
    """It says so, though late."""

    class Ending:
        async def send(self, message_data):
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    assert (await answered(Ending, seconds=0.1)).ok


async def test_an_error_of_a_backend_that_is_stopped_says_nothing_of_the_message(answered):
    """It was in the midst: it may have sent."""

    class Failing:
        async def send(self, message_data):
            try:
                await asyncio.Event().wait()
            finally:
                raise ConnectionError("closed in the midst")

    result = await answered(Failing, seconds=0.1)
    assert [each.outcome for each in result.refused] == ["ambiguous", "ambiguous"]


async def test_a_backend_that_no_thread_was_free_for_was_not_called(module, monkeypatch):
    """That is no doubt, and it is not called afterwards either."""
    called, go_on = [], threading.Event()

    class Blocking:
        def send(self, message_data):
            called.append(message_data.message_id)
            go_on.wait(10)

    module.Backend = Blocking
    monkeypatch.setattr(_threads, "MOST_THREADS", 2)
    with override_settings(EMAIL_BACKEND="shop_mail.Backend", EMAIL_TIMEOUT=0.2):
        results = await asyncio.gather(*(get_mailer().deliver(message()) for _ in range(5)))
        go_on.set()
        await close_mailers()
    outcomes = sorted(result.refused[0].outcome for result in results)
    assert outcomes == ["ambiguous", "ambiguous", "transient", "transient", "transient"]
    assert len(called) == 2


async def test_a_timeout_of_the_backend_itself_is_a_refusal_for_now(answered):
    """It gave up, and says that nothing was sent."""

    class Impatient:
        async def send(self, message_data):
            raise TimeoutError("no answer from the API")

    result = await answered(Impatient)
    assert [each.text for each in result.transient] == ["TimeoutError: no answer from the API"] * 2
