"""Whether it is the running task that was cancelled, or something that it waited for."""

from __future__ import annotations

import asyncio

__all__ = ["is_cancelled"]


def is_cancelled() -> bool:
    """Tell, where CancelledError was caught, whether somebody wants the running task to end.

    The same error comes out of a future or a task that was cancelled elsewhere; who waited for it may go on.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
