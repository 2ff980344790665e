"""The archive's tables, and the first issues where there are none."""

from __future__ import annotations

import logging

from newsletter.issues import deliveries
from newsletter.issues.letters import LETTERS
from newsletter.issues.storage import create_table

__all__ = ["ready", "requires"]

requires = ("newsletter", "newsletter.subscribers")

logger = logging.getLogger("newsletter.issues")


async def ready() -> None:
    """Make the tables."""
    count = await create_table(LETTERS)
    await deliveries.create_table()
    logger.info("newsletter.issues is ready: %d issues", count)
