"""Cancellation at every await: nothing stays open, nothing is sent twice, and no answer goes to somebody else."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import count

import pytest
from smtp_script import SILENCE, Wait
from stepping import CancelledAt, Interrupted, until

from openviper.conf import Secret, override_settings
from openviper.core.email import close_mailers, send_email, send_messages
from openviper.core.email._smtp.connect import connect
from openviper.core.email._smtp.delivery import Wires
from openviper.core.email._smtp.options import SMTPOptions
from openviper.core.email.message import wire_message
from openviper.core.email.pool import ConnectionPool

ADA = "ada@example.org"


@pytest.mark.parametrize("tls", ["none", "STARTTLS", "implicit"])
async def test_connecting_is_cancelled_at_each_await(tls, smtp_script, authority):
    """Wherever it is cut off, the socket is closed."""
    context = None if tls == "none" else authority.context()
    server = smtp_script(extensions=("AUTH LOGIN",), tls=context, implicit_tls=tls == "implicit")
    options = SMTPOptions(
        host="127.0.0.1",
        port=server.port,
        starttls=tls == "STARTTLS",
        implicit_tls=tls == "implicit",
        cafile=authority.cafile,
        user="ada",
        password=Secret("correct horse"),
    )
    for step in count():
        trial = CancelledAt(connect(options, asyncio.get_running_loop().time() + 10), step)
        if not await ended_by_cancellation(trial):
            break
        await until(lambda: server.open == 0)
    assert step >= 4


async def ended_by_cancellation(trial):
    try:
        connection = await trial
    except asyncio.CancelledError:
        return True
    assert not trial.was_cancelled
    await connection.quit(5)
    return False


class CutPool(ConnectionPool):
    """A pool whose first worker is cancelled at an await, as those of a loop that ends."""

    def __init__(self, options, step):
        super().__init__(options)
        self.trial = None
        self.step = step

    async def _work(self):
        if self.trial is None:
            self.trial = CancelledAt(super()._work(), self.step)
            await self.trial
        else:
            await super()._work()


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()], ids=["pipelined", "in steps"])
async def test_worker_is_cancelled_at_each_await(extensions, smtp_script, mail):
    """Each of the messages that it had has one true answer, and the next ones go over another connection."""
    for step in count():
        server = smtp_script(extensions=extensions or ("8BITMIME",))
        pool = CutPool(SMTPOptions(host="127.0.0.1", port=server.port, pool_size=1), step)
        messages = [mail(f"r{index}@example.org", text="word " * 100) for index in range(4)]
        wires = [Wires(await wire_message(each)) for each in messages]
        deadline = asyncio.get_running_loop().time() + 10
        results = await asyncio.gather(*map(pool.deliver, messages, wires, [deadline] * 4, [10] * 4))
        await pool.close(5)
        await until(lambda server=server: server.open == 0)
        taken = [one.recipients[0] for one in server.accepted]
        accepted = {one.recipient for result in results for one in result.accepted}
        ambiguous = {one.recipient for result in results for one in result.ambiguous}
        assert len(taken) == len(set(taken))
        assert accepted <= set(taken) <= accepted | ambiguous
        if not pool.trial.was_cancelled:
            break
        assert len(accepted) + len(ambiguous) >= 2
    assert len(accepted) == 4
    assert step >= 4


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT", "DATA", "."])
async def test_next_message_is_not_answered_for_a_cancelled_one(step, smtp_script, smtp_backend, mail):
    """After a caller gave up while the server was silent, the next message has its own answer."""
    server = smtp_script({step: [(Wait(0.2), "550 5.0.0 for the first")]})
    backend = smtp_backend(server, pool_size=1)
    first = asyncio.create_task(backend.send(mail("first@example.org")))
    await until(lambda: (server.received if step == "." else server.lines(step)) != [])
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    result = await backend.send(mail("second@example.org"))
    assert result.ok, result
    assert [one.recipients for one in server.accepted] == [["second@example.org"]]


async def test_message_behind_a_cancelled_one_is_sent_all_the_same(smtp_script, smtp_backend, mail):
    """What was announced behind a message that hangs goes over another connection when that is given up."""
    server = smtp_script({".": [SILENCE]})
    backend = smtp_backend(server, pool_size=1)
    first = asyncio.create_task(backend.send(mail("first@example.org")))
    second = asyncio.create_task(backend.send(mail("second@example.org")))
    await until(lambda: len(server.received) == 1)
    first.cancel()
    assert (await second).ok
    assert [one.recipients[0] for one in server.accepted] == ["second@example.org"]


async def test_message_before_a_cancelled_one_is_not_disturbed(smtp_script, smtp_backend, mail):
    """Giving up a message that is only announced does not make the one before it ambiguous."""
    server = smtp_script({".": [(Wait(0.2), "250 2.0.0 queued")]})
    backend = smtp_backend(server, pool_size=1)
    first = asyncio.create_task(backend.send(mail("first@example.org")))
    second = asyncio.create_task(backend.send(mail("second@example.org")))
    await until(lambda: len(server.received) == 1)
    second.cancel()
    assert (await first).ok
    assert (await backend.send(mail("third@example.org"))).ok
    assert [one.recipients[0] for one in server.accepted] == ["first@example.org", "third@example.org"]


async def test_cancelled_while_waiting_for_a_connection(smtp_script, smtp_backend, mail):
    """A message that waits in the queue is taken out of it."""
    server = smtp_script({"MAIL": [(Wait(0.2), "250 2.1.0 ok")]}, extensions=("8BITMIME",))
    backend = smtp_backend(server, pool_size=1)
    first = asyncio.create_task(backend.send(mail("first@example.org")))
    second = asyncio.create_task(backend.send(mail("second@example.org")))
    await until(lambda: server.lines("MAIL") != [])
    second.cancel()
    assert (await first).ok
    assert [one.recipients[0] for one in server.accepted] == ["first@example.org"]


@pytest.mark.parametrize("moment", range(0, 24, 2))
async def test_cancelled_at_any_time(moment, smtp_script, smtp_backend, mail):
    """Of messages that are cancelled in the midst of it none arrives twice, and the others all do."""
    server = smtp_script()
    backend = smtp_backend(server, pool_size=2)
    tasks = [asyncio.create_task(backend.send(mail(f"r{index}@example.org"))) for index in range(20)]
    await asyncio.sleep(moment / 1000)
    for task in tasks[::2]:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    taken = [one.recipients[0] for one in server.accepted]
    assert len(taken) == len(set(taken))
    assert all(result.ok for result in done[1::2]), done
    assert {f"r{index}@example.org" for index in range(1, 20, 2)} <= set(taken)
    assert {result.accepted[0].recipient for result in done if not isinstance(result, BaseException)} <= set(taken)


@pytest.mark.parametrize("script", [{}, {".": SILENCE}, {"CONNECT": SILENCE}, {"QUIT": SILENCE}])
async def test_closing_is_cancelled_at_each_await(script, smtp_script, mail):
    """Nothing stays open, and each message has an answer."""
    for step in count():
        server = smtp_script(script)
        pool = ConnectionPool(SMTPOptions(host="127.0.0.1", port=server.port, pool_size=2))
        deadline = asyncio.get_running_loop().time() + 10
        messages = [mail(f"r{index}@example.org") for index in range(4)]
        wires = [Wires(await wire_message(each)) for each in messages]
        sending = [
            asyncio.create_task(pool.deliver(each, wire, deadline, 10))
            for each, wire in zip(messages, wires, strict=True)
        ]
        await until(lambda server=server: server.received or (script.get("CONNECT") and server.connections))
        trial = CancelledAt(pool.close(0.05), step)
        with suppress(asyncio.CancelledError):
            await trial
        async with asyncio.timeout(5):
            assert len(await asyncio.gather(*sending)) == 4
        await until(lambda server=server: server.open == 0)
        if not trial.was_cancelled:
            break
    assert step >= 1


@pytest.fixture
def settings(smtp_script):
    """Return ``settings(server) -> settings`` of a mailer with one connection to it."""

    def made(server):
        return {"EMAIL_BACKEND": "smtp", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": server.port, "EMAIL_POOL_SIZE": 1}

    return made


@pytest.mark.parametrize("answer", ["250 2.1.5 ok", "451 4.3.2 later"], ids=["accepted", "tried twice"])
async def test_sending_is_cancelled_at_each_await(answer, smtp_script, settings, caplog, monkeypatch):
    """From composing to the second attempt: what may have been sent is in the log, and nothing is sent twice."""
    monkeypatch.setattr("openviper.core.email._sending.attempts._PAUSE", (0, 0))
    tasks = asyncio.all_tasks()
    for step in count():
        caplog.clear()
        server = smtp_script({"RCPT": [answer]})
        with override_settings(**settings(server)):
            sending = Interrupted(send_email(ADA, "s", text="t", message_id="<first@example.org>"), step)
            task = asyncio.create_task(sending)
            await asyncio.wait({task})
            if not sending.was_cancelled:
                assert task.result()
                break
            assert task.cancelled()
            assert await send_email(ADA, "s", "t", message_id="<second@example.org>")
            await close_mailers()
        await until(lambda server=server: server.open == 0)
        taken = [b"<first@example.org>" in each.data for each in server.accepted]
        assert taken in ([False], [True, False])
        assert any(taken) <= ("<first@example.org> was interrupted while it was being sent" in caplog.text)
        assert asyncio.all_tasks() == tasks
    await close_mailers()
    assert step >= (1 if answer.startswith("2") else 3)


async def test_a_batch_is_cancelled_at_each_await(smtp_script, settings, mail, caplog):
    """Every message of it that was taken is in the log, delivered or not, and none is delivered twice."""
    tasks = asyncio.all_tasks()
    for step in count():
        caplog.clear()
        server = smtp_script()
        messages = [mail(f"r{index}@example.org") for index in range(4)]
        with override_settings(**settings(server)):
            sending = Interrupted(send_messages(messages), step)
            task = asyncio.create_task(sending)
            await asyncio.wait({task})
            await close_mailers()
        await until(lambda server=server: server.open == 0)
        taken = [each.recipients[0] for each in server.accepted]
        assert len(taken) == len(set(taken))
        if not sending.was_cancelled:
            assert all(task.result())
            break
        assert task.cancelled()
        ids = {each.envelope_recipients[0]: each.message_id for each in messages}
        assert [each for each in taken if ids[each] not in caplog.text] == []
        assert asyncio.all_tasks() == tasks
    assert step >= 4
