"""How a thread shares the processor with the program whose dump is compressed (sched(7)).

A dump is a talk of two processes, server and client, that wait for each other at each few KiB. Where they find both
cores taken whenever they wake, that talk takes longer than all the compressing.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

__all__ = ["let_others_wake", "run_when_idle"]


def let_others_wake() -> None:
    """Have this thread take no core from one that wakes; of its share of the time it loses nothing (Linux)."""
    if sys.platform == "linux":
        _schedule(os.SCHED_BATCH)


def run_when_idle() -> None:
    """Have this thread run where nobody else wants to (Linux)."""
    if sys.platform == "linux":
        _schedule(os.SCHED_IDLE)


def _schedule(policy: int) -> None:
    if sys.platform == "linux":
        # A sandbox may refuse it.
        with suppress(OSError):
            os.sched_setscheduler(0, policy, os.sched_param(0))
