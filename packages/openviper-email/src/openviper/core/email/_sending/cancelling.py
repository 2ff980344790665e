"""A sender that was cancelled: whether it was, and what it says of the message that it leaves."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData

__all__ = ["is_cancelled", "log_interrupted"]

_logger = logging.getLogger("openviper.email")

# Of the recipients, in a line of the log.
_MOST = 5


def is_cancelled() -> bool:
    """Tell, where CancelledError was caught, whether somebody wants the running task to end.

    The same error comes out of a future or a task that was cancelled elsewhere; who waited for it may go on.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def log_interrupted(data: EmailMessageData, doing: str) -> None:
    """Log that nobody knows of a message whether it was ``doing``: ``sent``, ``queued``."""
    every = data.envelope_recipients
    more = f" and {len(every) - _MOST} more" if len(every) > _MOST else ""
    _logger.error(
        "%s was interrupted while it was being %s; it may have been, or not, for %s%s",
        data.message_id,
        doing,
        ", ".join(every[:_MOST]),
        more,
    )
