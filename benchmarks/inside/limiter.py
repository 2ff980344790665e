"""Rate limiters with many live keys: what a call costs, and what memory the process takes; prints JSON.

limiter.py NAME KEYS
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
from importlib import import_module
from pathlib import Path

from timing import FEW, Shape, message, new_scope, run_batch, sent, trivial

__all__ = ["main"]

#: A key lives for as long as a thousandth of a day after its first hit.
LIMIT = "1000/day"
ROUNDS = 60
BATCH = 200


def build(name, keys):
    # By name: each runs in a process that imports nothing of the other.
    if name == "ours":
        ratelimit = import_module("openviper.middleware.ratelimit")
        return ratelimit.RateLimitMiddleware(trivial, limits=[LIMIT], max_keys=keys)
    return import_module("limits_layer").LimitsMiddleware(trivial, LIMIT)


def address(number):
    """A string of its own each time, as a server makes it from a connection."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def scope(number):
    return new_scope(Shape(FEW, client=address(number)))


def memory():
    """What this process has in memory, and the most that it had, in MB (10^6 bytes)."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {name: int(status[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM")}


async def known(app, keys):
    """Nanoseconds of one call by a client that was here before, any of ``keys``."""
    batches = ([scope(random.randrange(keys)) for _ in range(BATCH)] for _ in range(ROUNDS))
    return statistics.median([await run_batch(app, batch) for batch in batches])


async def unknown(app, keys):
    """Nanoseconds of one call by a client that was not here before; there is no room for more keys."""
    firsts = range(keys, keys + ROUNDS * BATCH, BATCH)
    batches = ([scope(number) for number in range(first, first + BATCH)] for first in firsts)
    return statistics.median([await run_batch(app, batch) for batch in batches])


class WithTasks:
    """``app``, and what it leaves to the loop."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)
        await asyncio.sleep(0)


async def measure(name, keys):
    app = build(name, keys)
    before = memory()["VmRSS"]
    for number in range(keys):
        await app(scope(number), message, sent)
    result = {"before": before, **memory(), "trivial": await known(trivial, keys)}
    if name == "ours":
        return {**result, "known": await known(app, keys), "unknown": await unknown(app, keys)}
    # A few calls: each starts a walk over all keys, as a task.
    costs = [await run_batch(WithTasks(app), [scope(random.randrange(keys))]) for _ in range(20)]
    return {**result, "known": statistics.median(costs)}


def main():
    name, keys = sys.argv[1:]
    print(json.dumps(asyncio.run(measure(name, int(keys)))))


if __name__ == "__main__":
    main()
