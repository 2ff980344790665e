"""A connection hears of everything that is not an answer, and ends with it."""

from __future__ import annotations

import asyncio

import pytest
from smtp_script import CLOSE, SILENCE, Slow, Wait
from stepping import until

from openviper.core.email._smtp.connect import connect
from openviper.core.email._smtp.connection import ConnectionDiedError
from openviper.core.email._smtp.options import SMTPOptions


@pytest.fixture
async def opened(smtp_script):
    """Return ``await opened(script) -> Connection`` to a server that follows it."""
    connections = []

    async def open_one(script=None, **fields):
        server = smtp_script(script or {}, **fields)
        options = SMTPOptions(host="127.0.0.1", port=server.port)
        connections.append(await connect(options, asyncio.get_running_loop().time() + 10))
        return connections[-1]

    yield open_one
    for each in connections:
        await each.quit(1)


async def test_extensions_are_what_the_server_said(opened):
    """Keywords come in any case, with or without parameters."""
    connection = await opened(extensions=("pipelining", "Size 100", "X-OWN a b", "-no keyword"))
    extensions = connection.extensions
    assert (extensions.pipelining, extensions.size, extensions.smtputf8) == (True, 100, False)
    assert extensions.offered == {"PIPELINING": "", "SIZE": "100", "X-OWN": "a b"}


async def test_replies_come_in_order_and_as_many_as_wanted(opened):
    """Commands that went out together are answered together."""
    connection = await opened({"NOOP": ["250 a", Slow("250 b"), "250 c"]})
    connection.send(b"NOOP\r\nNOOP\r\nNOOP\r\n", 3)
    assert [reply.lines for reply in await connection.replies(2)] == [(b"a",), (b"b",)]
    assert [reply.lines for reply in await connection.replies(1)] == [(b"c",)]


@pytest.mark.parametrize(
    ("after", "says"),
    [
        ("250 2.0.0 one more", "sent a reply that nobody had asked for: 250 2.0.0 one more"),
        ("421 4.3.2 closing", "closed the connection: 421 4.3.2 closing"),
        (b"250 ha", "spoke without being asked"),
        (b"what?\r\n", "which is no reply of SMTP"),
    ],
)
@pytest.mark.parametrize("pause", [0, 0.05])
async def test_what_nobody_asked_for_ends_it(pause, after, says, opened):
    """The answer before it counts; the next command is not answered by it."""
    connection = await opened({"NOOP": ("250 2.0.0 ok", *([Wait(pause)] if pause else ()), after, SILENCE)})
    assert (await connection.command(b"NOOP")).code == 250
    await until(lambda: connection.death != "")
    assert says in connection.death
    with pytest.raises(ConnectionDiedError, match=r".+"):
        connection.send(b"NOOP\r\n", 1)


async def test_close_wakes_whoever_waits(opened):
    """Nobody waits for a server that is gone."""
    connection = await opened({"NOOP": CLOSE})
    with pytest.raises(ConnectionDiedError, match="closed the connection"):
        await connection.command(b"NOOP")


async def test_what_came_before_the_end_is_left(opened):
    """Of three answers two came."""
    connection = await opened({"NOOP": ["250 a", "250 b", CLOSE]})
    connection.send(b"NOOP\r\nNOOP\r\nNOOP\r\n", 3)
    with pytest.raises(ConnectionDiedError):
        await connection.replies(3)
    assert [reply.lines for reply in connection.left()] == [(b"a",), (b"b",)]


async def test_abort_wakes_whoever_waits(opened):
    """A deadline is an abort."""
    connection = await opened({"NOOP": SILENCE})
    asyncio.get_running_loop().call_later(0.05, connection.abort, "it took too long")
    with pytest.raises(ConnectionDiedError, match="it took too long"):
        await connection.command(b"NOOP")


async def test_writing_waits_for_a_slow_reader(opened):
    """What the network does not take is not piled up, and an abort ends the wait."""
    connection = await opened({"NOOP": ("250 ok", Wait(5))})
    await connection.command(b"NOOP")
    connection.send(b"", 1)
    asyncio.get_running_loop().call_later(0.3, connection.abort, "it took too long")
    sent = []

    async def send_for_ever():
        while sum(sent) < 2**30:
            connection.send(b"x" * 2**20, 0)
            sent.append(2**20)
            await connection.drain()

    with pytest.raises(ConnectionDiedError, match="it took too long"):
        await send_for_ever()
    assert sum(sent) < 2**28


async def test_quit_is_polite_and_bounded(opened):
    """It waits for the answer to QUIT, and no longer than it may."""
    polite = await opened()
    await polite.quit(5)
    assert polite.death == "it was closed"
    silent = await opened({"QUIT": SILENCE})
    async with asyncio.timeout(5):
        await silent.quit(0.05)
    assert silent.death == "it was closed"
