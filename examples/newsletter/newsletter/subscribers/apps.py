"""The subscribers' table."""

from __future__ import annotations

import logging

from newsletter.subscribers.storage import count_subscribers, create_table

__all__ = ["ready", "requires"]

requires = ("newsletter",)

logger = logging.getLogger("newsletter.subscribers")


async def ready() -> None:
    """Make the table."""
    await create_table()
    logger.info("newsletter.subscribers is ready: %d subscribers", await count_subscribers())
