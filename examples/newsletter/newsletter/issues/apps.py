"""The archive's table, and the first issues where there are none."""

from __future__ import annotations

import logging

from newsletter.issues.letters import LETTERS
from newsletter.issues.storage import create_table

__all__ = ["ready", "requires"]

requires = ("newsletter",)

logger = logging.getLogger("newsletter.issues")


async def ready() -> None:
    """Make the table."""
    count = await create_table(LETTERS)
    logger.info("newsletter.issues is ready: %d issues", count)
