"""What becomes of messages while their pool is closed."""

from __future__ import annotations

import asyncio
import threading

import pytest
from smtp_script import SILENCE, Wait
from stepping import until

from openviper.core.email._smtp import supply


async def test_close_finishes_what_was_given(smtp_script, smtp_backend, mail):
    """Messages under way and in the queue are sent, and each connection says QUIT."""
    server = smtp_script()
    backend = smtp_backend(server, pool_size=2)
    tasks = [asyncio.create_task(backend.send(mail())) for _ in range(30)]
    await asyncio.sleep(0)
    await backend.close(10)
    assert all(task.result().ok for task in tasks)
    assert len(server.accepted) == 30
    assert len(server.lines("QUIT")) == server.connections


async def test_close_reports_what_it_does_not_finish(smtp_script, smtp_backend, mail):
    """After its time what had its final dot is ambiguous, and the rest is refused for now."""
    server = smtp_script({".": SILENCE})
    backend = smtp_backend(server, pool_size=2)
    tasks = [asyncio.create_task(backend.send(mail(f"r{index}@example.org"))) for index in range(6)]
    await until(lambda: len(server.received) == 2)
    await backend.close(0.1)
    results = [(await task).refused[0] for task in tasks]
    assert sorted(one.outcome for one in results) == ["ambiguous"] * 2 + ["transient"] * 4
    assert {one.text for one in results} == {"the mailer was closed before this was done"}


async def test_close_while_connecting(smtp_script, smtp_backend, mail):
    """A server that does not even greet does not hold a shutdown up."""
    backend = smtp_backend(smtp_script({"CONNECT": SILENCE}))
    task = asyncio.create_task(backend.send(mail()))
    await asyncio.sleep(0.05)
    await backend.close(0.1)
    assert (await task).refused[0].outcome == "transient"


async def test_close_does_not_wait_for_a_connection_that_nobody_wants(smtp_script, smtp_backend, mail):
    """After the callers gave up, a server that does not greet is left alone at once."""
    server = smtp_script({"CONNECT": SILENCE})
    backend = smtp_backend(server, pool_size=3)
    tasks = [asyncio.create_task(backend.send(mail())) for _ in range(5)]
    await until(lambda: server.connections == 3)
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5):
        await backend.close(60)


async def test_close_waits_no_longer_for_callers_who_give_up_meanwhile(smtp_script, smtp_backend, mail):
    """Nor for those whose time is over."""
    server = smtp_script({"CONNECT": SILENCE})
    backend = smtp_backend(server)
    cancelled = asyncio.create_task(backend.send(mail()))
    late = asyncio.create_task(backend.send(mail(), seconds=0.3))
    await until(lambda: server.connections == 2)
    async with asyncio.timeout(5):
        closing = asyncio.create_task(backend.close(60))
        await asyncio.sleep(0)
        cancelled.cancel()
        await closing
    assert (await late).refused[0].outcome == "transient"


async def test_close_waits_no_longer_for_a_caller_who_is_cancelled_meanwhile(smtp_script, smtp_backend, mail):
    """Also where it is the only one."""
    server = smtp_script({"CONNECT": SILENCE})
    backend = smtp_backend(server)
    sending = asyncio.create_task(backend.send(mail()))
    await until(lambda: server.connections == 1)
    async with asyncio.timeout(5):
        closing = asyncio.create_task(backend.close(60))
        await asyncio.sleep(0)
        sending.cancel()
        await closing
    assert sending.cancelled()


async def test_close_leaves_a_connection_to_those_who_still_wait(smtp_script, smtp_backend, mail):
    """That of a message that was given up takes the next one in the queue."""
    server = smtp_script({"CONNECT": (Wait(0.2), "220 scripted.example ESMTP")})
    backend = smtp_backend(server, pool_size=1)
    first = asyncio.create_task(backend.send(mail("first@example.org")))
    await until(lambda: server.connections == 1)
    second = asyncio.create_task(backend.send(mail("second@example.org")))
    await asyncio.sleep(0)
    first.cancel()
    await backend.close(10)
    assert (await second).ok
    assert server.connections == 1


@pytest.mark.parametrize("seconds", [0, 0.2])
async def test_close_ends_in_time_though_quit_is_not_answered(seconds, monkeypatch, smtp_script, smtp_backend, mail):
    """What is left of the time is for QUIT; then the connection is cut off."""
    monkeypatch.setattr(supply, "_QUIT_SECONDS", 60)
    server = smtp_script({"QUIT": SILENCE})
    backend = smtp_backend(server)
    assert (await backend.send(mail())).ok
    async with asyncio.timeout(5):
        await backend.close(seconds)
    await until(lambda: server.open == 0)


async def test_message_after_close_is_refused(smtp_script, smtp_backend, mail):
    """A pool that is closing takes nothing more."""
    server = smtp_script({".": (Wait(0.2), "250 2.0.0 queued")})
    backend = smtp_backend(server)
    first = asyncio.create_task(backend.send(mail()))
    await until(lambda: server.received != [])
    closing = asyncio.create_task(backend.close(5))
    await asyncio.sleep(0)
    (only,) = (await backend.send(mail())).refused
    assert only.outcome == "transient"
    assert only.text.endswith(": the mailer is closed")
    await closing
    assert (await first).ok
    assert not (await backend.send(mail())).ok
    assert server.connections == 1


async def test_message_that_is_built_while_the_mailer_closes_is_not_sent(smtp_script, smtp_backend, mail):
    """Closed is final: no connection is opened that nobody would close."""
    server = smtp_script()
    backend = smtp_backend(server)
    begun, may_end = threading.Event(), threading.Event()

    def sign(finished):
        begun.set()
        may_end.wait(10)
        return b"X-Signed: yes\r\n"

    sending = asyncio.create_task(backend.send(mail(), sign=sign))
    await until(begun.is_set)
    await backend.close(1)
    may_end.set()
    assert [each.outcome for each in (await sending).refused] == ["transient"]
    assert server.connections == 0
