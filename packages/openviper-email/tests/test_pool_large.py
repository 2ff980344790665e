"""Messages that take long to build, to sign, or to send."""

from __future__ import annotations

import asyncio
import threading

from smtp_script import SILENCE
from stepping import until


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
