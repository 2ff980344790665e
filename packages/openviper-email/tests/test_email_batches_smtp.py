"""Batches over real conversations."""

from __future__ import annotations

import asyncio

import pytest

from openviper.conf import override_settings
from openviper.core.email import (
    EmailMessageData,
    send_messages,
    stream_messages,
)


def message(number=0, **fields):
    return EmailMessageData(
        **{"recipients": f"user{number}@example.org", "subject": str(number), "text": "x", **fields}
    )


def smtp(port, **settings):
    return override_settings(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, **settings)


async def numbered(count):
    for number in range(count):
        yield message(number, message_id=f"<{number}@example.org>", text="x" * (number * 37 % 3_000))


def message_ids(data):
    return [line.split(b": ")[1].decode() for each in data for line in each.splitlines() if b"Message-ID: " in line]


async def test_a_batch_arrives_whole_and_once(smtp_sink):
    """Every message that was accepted is there, and none twice."""
    sink = smtp_sink(keep=True)
    with smtp(sink.port):
        accepted = [each.message_id async for each in stream_messages(numbered(300)) if each.ok]
    assert len(accepted) == 300
    assert sorted(message_ids(sink.messages())) == sorted(accepted)


@pytest.mark.parametrize("size", [1, 4])
async def test_every_message_of_a_batch_is_delivered_once_refused_or_ambiguous(smtp_script, monkeypatch, size):
    """Whatever a server does in between: what it took and what is told agree."""
    from smtp_script import CLOSE, RESET

    monkeypatch.setattr("openviper.core.email._sending.attempts._PAUSE", (0, 0.01))
    faulty = {
        "MAIL": ["250 ok"] * 5 + ["451 4.3.0 later", "421 4.3.2 shutting down"],
        "RCPT": ["250 ok"] * 3 + ["550 5.1.1 no such user", "451 4.3.0 later"],
        ".": ["250 ok", "554 5.7.1 spam", "250 ok", CLOSE],
    }
    server = smtp_script(faulty, {"DATA": ["354 go", RESET]}, {".": ["250 ok"] * 3 + [RESET]}, faulty, {})
    with smtp(server.port, EMAIL_POOL_SIZE=size, EMAIL_TIMEOUT=5.0):
        results = await send_messages(numbered(120))
    outcomes = {each.message_id: next((refusal.outcome for refusal in each.refused), "accepted") for each in results}
    assert list(outcomes) == [f"<{number}@example.org>" for number in range(120)]
    taken = message_ids(each.data for each in server.received)
    assert {each for each, outcome in outcomes.items() if outcome == "accepted"} <= set(taken)
    assert not {each for each, outcome in outcomes.items() if outcome == "transient"} & set(taken)
    assert set(outcomes.values()) >= {"accepted", "permanent", "ambiguous"}
    assert max(map(taken.count, taken)) == 1


async def test_large_messages_are_not_taken_before_there_is_room(backend):
    """A generator of many megabytes is asked for one more when those under way are few."""
    taken, under_way, most = 0, 0, []

    class Slow:
        concurrency = 32

        async def send(self, message_data):
            nonlocal under_way
            await asyncio.sleep(0.001)
            under_way -= 1

    def messages():
        nonlocal taken, under_way
        for number in range(20):
            taken, under_way = taken + 1, under_way + 1
            most.append(under_way)
            text = "x" * (10_000_000 if number < 15 else 1)
            yield EmailMessageData(recipients="ada@example.org", subject="s", text=text)

    backend(Slow)
    results = await send_messages(messages())
    assert len(results) == taken == 20
    assert all(each.ok for each in results)
    assert 4 <= max(most[:15]) <= 5
