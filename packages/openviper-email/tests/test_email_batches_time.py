"""The time of each message of a batch, with servers that are slow, or that never answer."""

from __future__ import annotations

import asyncio

import pytest
from smtp_script import SILENCE, Wait

from openviper.conf import override_settings
from openviper.core.email import EmailMessageData, send_message, send_messages
from openviper.core.email._sending.byte_budget import ByteBudget

SLOW = {".": (Wait(0.4), "250 2.0.0 queued")}


def messages(count, **fields):
    return [
        EmailMessageData(recipients=f"r{number}@example.org", subject="s", **{"text": "t", **fields})
        for number in range(count)
    ]


def smtp(port, **settings):
    return override_settings(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, **settings)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr("openviper.core.email._sending.attempts._PAUSE", (0, 0))


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()], ids=["pipelined", "in steps"])
@pytest.mark.parametrize(("size", "count"), [(1, 6), (2, 12)])
async def test_a_slow_server_has_every_message_of_a_batch(smtp_script, extensions, size, count):
    """However many wait for it: what one message waits for another is not its time."""
    server = smtp_script(SLOW, extensions=extensions)
    with smtp(server.port, EMAIL_POOL_SIZE=size, EMAIL_TIMEOUT=1.0):
        results = await send_messages(messages(count))
    assert [str(each) for each in results if not each.ok] == []
    assert len(server.received) == count


async def test_a_slow_server_has_every_message_of_a_batch_by_a_failover(smtp_script):
    """The next mailer is not asked, for nothing is wrong with the first."""
    first, second = smtp_script(SLOW), smtp_script()
    mailers = {
        name: {"BACKEND": "smtp", "HOST": "127.0.0.1", "PORT": server.port, "POOL_SIZE": 1}
        for name, server in (("first", first), ("second", second))
    }
    with override_settings(
        EMAIL_BACKEND="failover", EMAIL_FAILOVER=("first", "second"), EMAIL_MAILERS=mailers, EMAIL_TIMEOUT=2.0
    ):
        results = await send_messages(messages(6))
    assert [str(each) for each in results if not each.ok] == []
    assert (len(first.received), second.connections) == (6, 0)


async def test_large_messages_for_a_slow_server_wait_for_each_other_as_long_as_it_takes(smtp_script, monkeypatch):
    """There are so many bytes at a time of what is made of them."""
    monkeypatch.setattr("openviper.core.email.backends.smtp.ByteBudget", lambda: ByteBudget(100_000))
    server = smtp_script(SLOW)
    with smtp(server.port, EMAIL_POOL_SIZE=4, EMAIL_TIMEOUT=1.0):
        results = await send_messages(messages(5, text="x\n" * 40_000))
    assert [str(each) for each in results if not each.ok] == []


async def test_a_message_that_waited_long_is_tried_a_second_time_all_the_same(smtp_script):
    """Its second attempt has what the first left of its own time."""
    server = smtp_script({".": [(Wait(0.7), "250 ok")] * 3 + [(Wait(0.7), "451 4.3.0 later")]})
    with smtp(server.port, EMAIL_POOL_SIZE=1, EMAIL_TIMEOUT=2.0):
        results = await send_messages(messages(4))
    assert [str(each) for each in results if not each.ok] == []
    assert len(server.received) == 5


@pytest.mark.parametrize("step", ["CONNECT", "MAIL", "."])
async def test_a_server_that_never_answers_takes_the_time_of_one_message_for_all_that_wait(smtp_script, step):
    """Not that of each of them: they would come one after the other."""
    server = smtp_script({step: SILENCE})
    with smtp(server.port, EMAIL_POOL_SIZE=1, EMAIL_TIMEOUT=1.0):
        async with asyncio.timeout(3.5):
            results = await send_messages(messages(4))
    assert not any(results)
    outcomes = {each.outcome for one in results for each in one.refused}
    assert outcomes == ({"ambiguous", "transient"} if step == "." else {"transient"})


async def test_a_server_that_falls_silent_does_not_keep_those_that_wait(smtp_script):
    """They have their seconds from its last answer on."""
    server = smtp_script({".": ["250 ok", "250 ok", SILENCE]}, {"CONNECT": SILENCE})
    with smtp(server.port, EMAIL_POOL_SIZE=1, EMAIL_TIMEOUT=1.0):
        async with asyncio.timeout(4.5):
            results = await send_messages(messages(8))
    assert [each.ok for each in results] == [True] * 2 + [False] * 6


async def test_a_message_of_its_own_has_its_time_from_the_call_on(smtp_script):
    """Somebody waits for it."""
    server = smtp_script({".": (Wait(0.7), "250 ok")})
    with smtp(server.port, EMAIL_POOL_SIZE=1, EMAIL_TIMEOUT=1.0):
        results = await asyncio.gather(*map(send_message, messages(4)))
    assert sum(each.ok for each in results) == 1
