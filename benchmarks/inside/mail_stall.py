"""How long the event loop stands still while large messages are built and sent; prints JSON, milliseconds.

mail_stall.py PORT COUNT BYTES

Beside each message a task sleeps for a millisecond over and over; counted is how much longer the longest of these took.
``idle`` is the same for the same time while nothing is sent: what this machine does by itself. One message goes before
them, with which everything is imported and connected.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from importlib import import_module
from time import perf_counter

from mail_letters import SENDER, letters
from mail_send import settings_of_ours

__all__ = ["main"]

TICK = 0.001


class Ticker:
    """Keeps the longest stall while it is open, in milliseconds."""

    async def __aenter__(self):
        self.longest = 0.0
        self._ticking = asyncio.create_task(self._tick())
        # It has begun before anything else does.
        await asyncio.sleep(TICK)
        return self

    async def __aexit__(self, *_):
        # What stood still until now is seen by its next tick.
        await asyncio.sleep(2 * TICK)
        self._ticking.cancel()

    async def _tick(self):
        while True:
            began = perf_counter()
            await asyncio.sleep(TICK)
            self.longest = max(self.longest, (perf_counter() - began - TICK) * 1e3)


async def send(letter, content):
    """From the texts and the bytes of a message until the server has accepted it."""
    email = import_module("openviper.core.email")
    data = email.EmailMessageData(
        recipients=letter.recipients,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        sender=SENDER,
        attachments=(email.AttachmentData("film.bin", content, "application/octet-stream"),),
    )
    result = await email.send_message(data)
    if not result.ok:
        sys.exit(f"not accepted: {result}")


async def measure(count, size):
    source = random.Random(5)
    found = {"sending": [], "idle": [], "seconds": [], "sent": count + 1}
    for number, letter in enumerate(letters(count + 1, seed=5)):
        content = source.randbytes(size)
        began = perf_counter()
        async with Ticker() as sending:
            await send(letter, content)
        seconds = perf_counter() - began
        async with Ticker() as idle:
            await asyncio.sleep(seconds)
        if number:
            found["sending"].append(sending.longest)
            found["idle"].append(idle.longest)
            found["seconds"].append(seconds)
    await import_module("openviper.core.email").close_mailers()
    return found


def main():
    port, count, size = map(int, sys.argv[1:])
    settings_of_ours(port, None)
    print(json.dumps(asyncio.run(measure(count, size))))


if __name__ == "__main__":
    main()
