"""Connections are used again while they are good, and messages wait for them in turn."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest
from smtp_script import CLOSE, LOSE, RESET, SILENCE, Wait
from stepping import until

from openviper.conf import Secret
from openviper.core.email._smtp import supply


async def many(backend, messages):
    return await asyncio.gather(*map(backend.send, messages))


async def test_one_connection_takes_one_message_after_the_other(smtp_script, smtp_backend, mail):
    """Nobody connects anew for each message."""
    server = smtp_script()
    backend = smtp_backend(server)
    assert all([(await backend.send(mail())).ok for _ in range(5)])
    assert (server.connections, len(server.accepted)) == (1, 5)


@pytest.mark.parametrize("size", [1, 2, 5])
async def test_pool_has_no_more_connections_than_its_size(size, smtp_script, smtp_backend, mail):
    """All messages are sent over so many connections."""
    server = smtp_script()
    backend = smtp_backend(server, pool_size=size)
    results = await many(backend, [mail(f"r{index}@example.org") for index in range(40)])
    assert all(result.ok for result in results)
    assert server.connections <= size
    assert sorted(one.recipients[0] for one in server.accepted) == sorted(
        f"r{index}@example.org" for index in range(40)
    )


async def test_messages_are_sent_in_turn(smtp_script, smtp_backend, mail):
    """Whoever came first is first served."""
    server = smtp_script()
    backend = smtp_backend(server, pool_size=1)
    await many(backend, [mail(f"r{index}@example.org") for index in range(20)])
    assert [one.recipients[0] for one in server.accepted] == [f"r{index}@example.org" for index in range(20)]


async def test_connection_has_so_many_messages(smtp_script, smtp_backend, mail):
    """After EMAIL_POOL_MAX_MESSAGES there is a QUIT and another connection."""
    server = smtp_script()
    backend = smtp_backend(server, pool_size=1, max_messages=4)
    assert all(result.ok for result in await many(backend, [mail() for _ in range(10)]))
    assert [len([1 for one in server.accepted if one.connection == number]) for number in range(3)] == [4, 4, 2]
    await backend.close()
    assert len(server.lines("QUIT")) == 3


async def test_connection_grows_old(smtp_script, smtp_backend, mail):
    """After EMAIL_POOL_MAX_AGE there is another one."""
    server = smtp_script()
    backend = smtp_backend(server, max_age=0.05)
    await backend.send(mail())
    await asyncio.sleep(0.1)
    await backend.send(mail())
    assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "connections"),
    [("250 2.0.0 ok", 1), ("421 4.3.2 closing", 2), (CLOSE, 2), (RESET, 2), ("500 5.5.2 what?", 2)],
)
async def test_idle_connection_is_asked_first(answer, connections, monkeypatch, smtp_script, smtp_backend, mail):
    """After a while without a message NOOP says whether a connection is good; the message does not suffer."""
    monkeypatch.setattr(supply, "_IDLE_SECONDS", 0.0)
    server = smtp_script({"NOOP": answer})
    backend = smtp_backend(server)
    assert (await backend.send(mail())).ok
    assert (await backend.send(mail())).ok
    assert len(server.lines("NOOP")) == 1
    assert server.connections == connections


async def test_idle_connection_that_says_nothing_is_given_up(monkeypatch, smtp_script, smtp_backend, mail):
    """NOOP is waited for a short time only."""
    monkeypatch.setattr(supply, "_IDLE_SECONDS", 0.0)
    monkeypatch.setattr(supply, "_POLITE_SECONDS", 0.05)
    server = smtp_script({"NOOP": SILENCE})
    backend = smtp_backend(server)
    await backend.send(mail())
    assert (await backend.send(mail())).ok
    assert server.connections == 2


async def test_one_idle_connection_that_says_nothing_stands_for_those_before_it(
    monkeypatch, smtp_script, smtp_backend, mail
):
    """A firewall that forgot one has forgotten those that were used before; the message goes over a new one in time."""
    monkeypatch.setattr(supply, "_IDLE_SECONDS", 0.0)
    server = smtp_script(*[{"NOOP": SILENCE, ".": [(Wait(0.2), "250 2.0.0 queued")]}] * 8, {})
    backend = smtp_backend(server, pool_size=8, timeout=1)
    assert all(result.ok for result in await many(backend, [mail() for _ in range(8)]))
    assert server.connections == 8
    assert (await backend.send(mail())).ok
    assert len(server.lines("NOOP")) == 1


@pytest.mark.parametrize("quit_", [SILENCE, (Wait(0.05), "221 2.0.0 bye", CLOSE)], ids=["silent", "slow"])
async def test_connections_that_are_left_count_until_they_are_closed(
    quit_, monkeypatch, smtp_script, smtp_backend, mail
):
    """A server that allows as many as the pool has turns none of them away."""
    monkeypatch.setattr(supply, "_QUIT_SECONDS", 0.2)
    server = smtp_script({"QUIT": quit_})
    backend = smtp_backend(server, pool_size=2, max_messages=1)
    results = await many(backend, [mail() for _ in range(12)])
    assert all(result.ok for result in results)
    assert server.connections == 12
    # The server may hear of the end of one after it has heard of the next one.
    assert server.most_open <= 2 + 1


async def test_server_that_loses_pipelined_commands_gets_them_one_by_one(smtp_script, smtp_backend, mail):
    """It offers PIPELINING and throws away what it has not read; that costs one message its time, and no other."""
    server = smtp_script({"MAIL": (LOSE, "250 2.1.0 ok")})
    backend = smtp_backend(server, timeout=0.5)
    assert [each.outcome for each in (await backend.send(mail())).refused] == ["transient"]
    assert (await backend.send(mail())).ok
    assert (await backend.send(mail())).ok


async def test_time_of_one_message_is_not_that_of_others(smtp_script, smtp_backend, mail):
    """Who gave up early says nothing of the server to whoever waits longer."""
    server = smtp_script({"CONNECT": ("421 4.3.2 not yet", CLOSE)}, {"CONNECT": (Wait(0.5), "220 hello")})
    backend = smtp_backend(server, pool_size=2)
    assert not (await backend.send(mail())).ok
    hasty = asyncio.create_task(backend.send(mail(), seconds=0.2))
    await asyncio.sleep(0.02)
    patient = asyncio.create_task(backend.send(mail(), seconds=5))
    assert not (await hasty).ok
    assert (await patient).ok


@pytest.mark.parametrize("extensions", [("PIPELINING",), ("8BITMIME",)], ids=["pipelined", "in steps"])
@pytest.mark.parametrize("death", [CLOSE, RESET, ("421 4.3.2 too many messages", CLOSE)])
async def test_used_connection_that_died_costs_the_message_nothing(death, extensions, smtp_script, smtp_backend, mail):
    """It goes over another one, as long as the server has taken no note of it."""
    server = smtp_script({"MAIL": ["250 2.1.0 ok", death]}, extensions=extensions)
    backend = smtp_backend(server)
    assert (await backend.send(mail("first@example.org"))).ok
    assert (await backend.send(mail("second@example.org"))).ok
    assert server.connections == 2
    assert [one.recipients[0] for one in server.accepted] == ["first@example.org", "second@example.org"]


async def test_that_happens_once(smtp_script, smtp_backend, mail):
    """A server that drops each connection at MAIL has the message refused for now, after two."""
    server = smtp_script({"MAIL": ["250 2.1.0 ok", *[CLOSE] * 20]})
    backend = smtp_backend(server)
    assert (await backend.send(mail())).ok
    (only,) = (await backend.send(mail())).refused
    assert only.outcome == "transient"
    assert server.connections == 2


async def test_server_that_takes_few_messages_a_connection_takes_them_all(smtp_script, smtp_backend, mail):
    """421 behind each third message is no failure of the fourth, though that was announced already."""
    server = smtp_script({"IDLE": [(), (), ("421 4.7.0 enough", CLOSE)] * 20})
    backend = smtp_backend(server, pool_size=1)
    results = await many(backend, [mail(f"r{index}@example.org") for index in range(12)])
    assert all(result.ok for result in results), [str(result) for result in results if not result.ok]
    assert len({one.recipients[0] for one in server.accepted}) == len(server.accepted) == 12


async def test_failing_server_is_not_run_at(smtp_script, smtp_backend, mail):
    """While connecting fails one tries at a time, and those who waited meanwhile share its failure."""
    server = smtp_script({"CONNECT": ("421 4.3.2 overloaded", CLOSE)})
    backend = smtp_backend(server, pool_size=4)
    await backend.send(mail())
    results = await many(backend, [mail() for _ in range(40)])
    assert {result.refused[0].code for result in results} == {421}
    assert server.connections <= 1 + 40 / 4 + 1


async def test_refused_login_is_not_repeated_at_once(smtp_script, smtp_backend, mail):
    """Forty messages with a wrong password are no reason to lock the account out."""
    server = smtp_script({"AUTH": "535 5.7.8 no"}, extensions=("AUTH PLAIN",))
    backend = smtp_backend(server, pool_size=2, user="ada", password=Secret("wrong"))
    await backend.send(mail())
    results = await many(backend, [mail() for _ in range(40)])
    assert {(result.refused[0].outcome, result.refused[0].code) for result in results} == {("permanent", 535)}
    assert len(server.lines("AUTH")) == 1


async def test_server_that_is_back_is_used(free_port, smtp_script, smtp_backend, mail):
    """A failure is not remembered once connecting works."""

    class Nobody:
        port = free_port

    backend = smtp_backend(Nobody)
    assert not (await backend.send(mail())).ok
    smtp_script(port=free_port)
    assert all(result.ok for result in await many(backend, [mail() for _ in range(10)]))


async def test_time_in_the_queue_counts(smtp_script, smtp_backend, mail):
    """Who does not get a connection in time is refused for now, and not sent afterwards."""
    server = smtp_script({".": Wait(0.5)})
    backend = smtp_backend(server, pool_size=1, timeout=0.2)
    results = await many(backend, [mail(f"r{index}@example.org") for index in range(4)])
    assert [result.refused[0].outcome for result in results] == ["ambiguous", "transient", "transient", "transient"]
    assert all("not done within 0.2 s" in result.refused[0].text for result in results)
    assert len(server.received) == 1


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


async def test_signing_is_a_part_of_the_time(smtp_script, smtp_backend, mail):
    """Who signs for too long has the message refused for now, with that reason."""
    server = smtp_script()
    backend = smtp_backend(server)
    may_end = threading.Event()

    def sign(finished):
        may_end.wait(10)
        return b"X-Signed: yes\r\n"

    async with asyncio.timeout(5):
        (only,) = (await backend.send(mail(), sign=sign, seconds=0.2)).refused
    may_end.set()
    assert only.outcome == "transient"
    assert "was not built and signed within 0.2 s" in only.text
    assert server.connections == 0


async def test_large_messages_take_turns(smtp_sink, smtp_backend, mail):
    """Of what is built and waits there are 32 MiB at a time, and small messages pass by."""
    backend = smtp_backend(smtp_sink(), pool_size=2)
    signed, may_end = [], threading.Event()

    def sign(finished):
        signed.append(len(finished))
        may_end.wait(10)
        return b"X-Signed: yes\r\n"

    large = mail("large@example.org", text=f"{'x' * 70}\n" * 280_000)
    sending = [asyncio.create_task(backend.send(large, sign=sign, seconds=60)) for _ in range(3)]
    await until(lambda: len(signed) == 1)
    assert (await backend.send(mail())).ok
    assert len(signed) == 1
    may_end.set()
    assert all(result.ok for result in await asyncio.gather(*sending))
    assert len(signed) == 3


async def test_no_turn_in_time_is_a_refusal_for_now(smtp_script, smtp_backend, mail):
    """The message was not even built."""
    server = smtp_script({".": SILENCE})
    backend = smtp_backend(server)
    large = mail(text=f"{'x' * 70}\n" * 560_000)
    first = asyncio.create_task(backend.send(large, seconds=30))
    await until(lambda: server.connections == 1)
    (only,) = (await backend.send(large, seconds=0.1)).refused
    assert only.outcome == "transient"
    assert "other large messages were not done within 0.1 s" in only.text
    await backend.close(0)
    await first


async def test_failure_that_many_share_is_not_one_error(smtp_script, smtp_backend, mail):
    """An error that is raised again would keep the stack of everybody who had it."""
    server = smtp_script({"AUTH": "535 5.7.8 no"}, extensions=("AUTH PLAIN",))
    backend = smtp_backend(server, pool_size=1, user="ada", password=Secret("wrong"))
    for _ in range(50):
        await backend.send(mail())
    failure, depth = backend._pool()._supply._failure, 0
    trace = failure.__traceback__
    while trace is not None:
        trace, depth = trace.tb_next, depth + 1
    assert depth < 10
    assert failure.__context__ is None


async def test_same_message_to_others_has_the_same_message_id(smtp_script, smtp_backend, mail):
    """A send that is narrowed to some recipients is the same message for them."""
    server = smtp_script({"RCPT bob@example.org": ["450 4.2.0 later"]})
    backend = smtp_backend(server)
    data = mail("ada@example.org", "bob@example.org")
    first = await backend.send(data)
    second = await backend.send(replace(data, envelope_recipients=tuple(one.recipient for one in first.transient)))
    assert second.ok
    assert [one.recipients for one in server.accepted] == [["ada@example.org"], ["bob@example.org"]]
    assert server.accepted[0].data == server.accepted[1].data
