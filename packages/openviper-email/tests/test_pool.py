"""Connections are used again while they are good, and messages wait for them in turn."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from smtp_script import CLOSE, LOSE, RESET, SILENCE, Wait
from stepping import send_all, until

from openviper.core.email._smtp import supply
from openviper.core.email.message import WireMessage, wire_message
from openviper.core.email.pool import ConnectionPool, SMTPOptions, Wires


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
    results = await send_all(backend, [mail(f"r{index}@example.org") for index in range(40)])
    assert all(result.ok for result in results)
    assert server.connections <= size
    assert sorted(one.recipients[0] for one in server.accepted) == sorted(
        f"r{index}@example.org" for index in range(40)
    )


async def test_messages_are_sent_in_turn(smtp_script, smtp_backend, mail):
    """Whoever came first is first served."""
    server = smtp_script()
    backend = smtp_backend(server, pool_size=1)
    await send_all(backend, [mail(f"r{index}@example.org") for index in range(20)])
    assert [one.recipients[0] for one in server.accepted] == [f"r{index}@example.org" for index in range(20)]


async def test_connection_has_so_many_messages(smtp_script, smtp_backend, mail):
    """After EMAIL_POOL_MAX_MESSAGES there is a QUIT and another connection."""
    server = smtp_script()
    backend = smtp_backend(server, pool_size=1, max_messages=4)
    assert all(result.ok for result in await send_all(backend, [mail() for _ in range(10)]))
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
    monkeypatch.setattr(supply, "_POLITE_SECONDS", 0.2)
    server = smtp_script(*[{"NOOP": SILENCE, ".": [(Wait(0.2), "250 2.0.0 queued")]}] * 8, {})
    backend = smtp_backend(server, pool_size=8, timeout=1)
    assert all(result.ok for result in await send_all(backend, [mail() for _ in range(8)]))
    assert server.connections == 8
    assert (await backend.send(mail())).ok
    assert len(server.lines("NOOP")) == 1
    await until(lambda: server.open == 1)


async def test_message_with_little_time_says_nothing_of_idle_connections(monkeypatch, smtp_script, smtp_backend, mail):
    """It goes over a new one, and those that it could not wait for are there for the others."""
    monkeypatch.setattr(supply, "_IDLE_SECONDS", 0.0)
    server = smtp_script({".": (Wait(0.2), "250 2.0.0 queued"), "NOOP": (Wait(0.8), "250 2.0.0 ok")})
    backend = smtp_backend(server, pool_size=4)
    assert all(result.ok for result in await send_all(backend, [mail() for _ in range(4)]))
    result = await backend.send(mail(), seconds=1.2)
    assert result.ok, str(result)
    assert (server.connections, len(server.lines("NOOP"))) == (5, 1)
    assert all(result.ok for result in await send_all(backend, [mail() for _ in range(4)]))
    assert server.connections == 5


async def test_close_while_a_connection_is_asked(monkeypatch, smtp_script, smtp_backend, mail):
    """It is cut off, and the message is surely not sent."""
    monkeypatch.setattr(supply, "_IDLE_SECONDS", 0.0)
    server = smtp_script({"NOOP": SILENCE})
    backend = smtp_backend(server)
    assert (await backend.send(mail())).ok
    sending = asyncio.create_task(backend.send(mail()))
    await until(lambda: server.lines("NOOP"))
    await backend.close(0)
    assert [each.outcome for each in (await sending).refused] == ["transient"]
    await until(lambda: server.open == 0)


async def test_no_place_in_time_is_a_refusal_for_now(monkeypatch, smtp_script, smtp_backend, mail):
    """As long as a connection is being left, a server may count it."""
    monkeypatch.setattr(supply, "_QUIT_SECONDS", 1.0)
    server = smtp_script({"QUIT": SILENCE})
    backend = smtp_backend(server, pool_size=1, max_messages=1)
    assert (await backend.send(mail())).ok
    (only,) = (await backend.send(mail(), seconds=0.2)).refused
    assert only.outcome == "transient"
    assert only.text.endswith(": the connections of before were not closed in time")
    assert only.before_envelope
    assert server.connections == 1


async def test_message_that_a_connection_cannot_take_does_not_stop_those_behind_it(smtp_script, smtp_backend, mail):
    """It is refused without a word to the server."""
    server = smtp_script({".": (Wait(0.1), "250 2.0.0 queued")}, extensions=("PIPELINING", "SIZE 5000"))
    large = mail(text="word " * 2_000)
    results = await send_all(smtp_backend(server, pool_size=1), [mail(), large, large, mail()])
    assert [result.ok for result in results] == [True, False, False, True]
    assert (server.connections, len(server.lines("MAIL"))) == (1, 2)


async def test_pool_that_is_closed_takes_nothing(smtp_script, mail):
    """Whoever has it and has not heard of that has an answer."""
    server = smtp_script()
    pool = ConnectionPool(SMTPOptions(host="127.0.0.1", port=server.port))
    await pool.close(1)
    data = mail()
    result = await pool.deliver(data, Wires(await wire_message(data)), asyncio.get_running_loop().time() + 30, 30)
    assert [(each.outcome, each.text) for each in result.refused] == [("transient", "the mailer is closed")]
    assert server.connections == 0


@pytest.mark.parametrize(
    ("extensions", "text"),
    [((), "TypeError while sending"), (("PIPELINING", "8BITMIME"), "sending failed")],
    ids=["before the transaction", "within it"],
)
async def test_error_of_ours_leaves_no_message_without_an_answer(extensions, text, smtp_script, mail, caplog):
    """Nor a connection open, nor those behind it unsent."""
    server = smtp_script(extensions=extensions)
    pool = ConnectionPool(SMTPOptions(host="127.0.0.1", port=server.port, pool_size=1))
    data = mail()
    good, deadline = Wires(await wire_message(data)), asyncio.get_running_loop().time() + 30
    broken = Wires(WireMessage(("text is not bytes",), 17, smtputf8=False))
    async with asyncio.timeout(5):
        results = await asyncio.gather(*(pool.deliver(data, each, deadline, 30) for each in (broken, good)))
    assert [(each.outcome, each.text) for each in results[0].refused] == [("transient", text)]
    assert results[1].ok, str(results[1])
    assert "sending mail failed" in caplog.text
    assert "TypeError" in caplog.text
    await pool.close(1)
    await until(lambda: server.open == 0)
    assert server.most_open == 1


@pytest.mark.parametrize("quit_", [SILENCE, (Wait(0.05), "221 2.0.0 bye", CLOSE)], ids=["silent", "slow"])
async def test_connections_that_are_left_count_until_they_are_closed(
    quit_, monkeypatch, smtp_script, smtp_backend, mail
):
    """A server that allows as many as the pool has turns none of them away."""
    monkeypatch.setattr(supply, "_QUIT_SECONDS", 0.2)
    server = smtp_script({"QUIT": quit_})
    backend = smtp_backend(server, pool_size=2, max_messages=1)
    results = await send_all(backend, [mail() for _ in range(12)])
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


async def test_time_in_the_queue_counts(smtp_script, smtp_backend, mail):
    """Who does not get a connection in time is refused for now, and not sent afterwards."""
    server = smtp_script({".": (Wait(1.5), "250 2.0.0 taken")})
    backend = smtp_backend(server, pool_size=1)
    first = asyncio.create_task(backend.send(mail("r0@example.org")))
    await until(lambda: server.lines("DATA"))
    hasty = [backend.send(mail(f"r{index}@example.org"), seconds=0.2) for index in range(1, 4)]
    results = await asyncio.gather(*hasty)
    assert [result.refused[0].outcome for result in results] == ["transient", "transient", "transient"]
    assert all("not done within 0.2 s" in result.refused[0].text for result in results)
    assert (await first).ok
    assert len(server.received) == 1


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
