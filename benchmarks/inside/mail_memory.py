"""The memory of a process that sends messages which come one by one; prints JSON, megabytes (10^6 bytes).

mail_memory.py PORT FEW MANY
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
from importlib import import_module
from pathlib import Path

from mail_letters import letters
from mail_send import our_messages, settings_of_ours

__all__ = ["main"]

#: Lines of a letter: 20 kB of text and html, so that letters that are kept can be seen.
LENGTH = 130
#: Memory is read each time after so many messages.
STEP = 50


def megabytes(name):
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status[name].split()[0]) * 1024 / 1e6


class Watched:
    """The messages, each made when it is asked for, and the memory meanwhile."""

    def __init__(self, count):
        self.count = count
        self.memory = []
        self.bytes = 0

    async def messages(self):
        some = letters(self.count, seed=4, length=LENGTH)
        for number, data in enumerate(our_messages(some)):
            if number % STEP == 0:
                self.memory.append(megabytes("VmRSS"))
            self.bytes += len(data.text) + len(data.html)
            yield data

    def before(self, number):
        """The median of the last fifth before ``number`` messages."""
        return statistics.median(self.memory[int(number * 0.8) // STEP : number // STEP])


async def measure(few, many):
    email = import_module("openviper.core.email")
    watched = Watched(many)
    accepted = 0
    async for result in email.stream_messages(watched.messages()):
        accepted += result.ok
    await email.close_mailers()
    if accepted != many:
        sys.exit(f"{accepted} of {many} accepted")
    return {
        "few": watched.before(few),
        "many": watched.before(many),
        "peak": megabytes("VmHWM"),
        "all": watched.bytes / 1e6,
        "sent": many,
    }


def main():
    port, few, many = sys.argv[1:]
    settings_of_ours(port, None)
    print(json.dumps(asyncio.run(measure(int(few), int(many)))))


if __name__ == "__main__":
    main()
