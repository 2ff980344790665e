"""Connections that fail, and servers that fail every connection."""

from __future__ import annotations

import pytest
from smtp_script import CLOSE, RESET
from stepping import send_all

from openviper.conf import Secret


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
    results = await send_all(backend, [mail(f"r{index}@example.org") for index in range(12)])
    assert all(result.ok for result in results), [str(result) for result in results if not result.ok]
    assert len({one.recipients[0] for one in server.accepted}) == len(server.accepted) == 12


async def test_failing_server_is_not_run_at(smtp_script, smtp_backend, mail):
    """While connecting fails one tries at a time, and those who waited meanwhile share its failure."""
    server = smtp_script({"CONNECT": ("421 4.3.2 overloaded", CLOSE)})
    backend = smtp_backend(server, pool_size=4)
    await backend.send(mail())
    results = await send_all(backend, [mail() for _ in range(40)])
    assert {result.refused[0].code for result in results} == {421}
    assert server.connections <= 1 + 40 / 4 + 1


async def test_refused_login_is_not_repeated_at_once(smtp_script, smtp_backend, mail):
    """Forty messages with a wrong password are no reason to lock the account out."""
    server = smtp_script({"AUTH": "535 5.7.8 no"}, extensions=("AUTH PLAIN",))
    backend = smtp_backend(server, pool_size=2, user="ada", password=Secret("wrong"))
    await backend.send(mail())
    results = await send_all(backend, [mail() for _ in range(40)])
    assert {(result.refused[0].outcome, result.refused[0].code) for result in results} == {("permanent", 535)}
    assert len(server.lines("AUTH")) == 1


async def test_server_that_is_back_is_used(free_port, smtp_script, smtp_backend, mail):
    """A failure is not remembered once connecting works."""

    class Nobody:
        port = free_port

    backend = smtp_backend(Nobody)
    assert not (await backend.send(mail())).ok
    smtp_script(port=free_port)
    assert all(result.ok for result in await send_all(backend, [mail() for _ in range(10)]))


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
