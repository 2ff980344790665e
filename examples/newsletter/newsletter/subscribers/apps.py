"""The subscribers' table, and the mails to new ones."""

from __future__ import annotations

import logging

from newsletter.subscribers.storage import count_subscribers, create_tables
from newsletter.subscribers.welcoming import all_welcomed

__all__ = ["ready", "requires", "shutdown"]

requires = ("newsletter", "openviper.core.email")

logger = logging.getLogger("newsletter.subscribers")

#: For mails that are under way when the site stops, in seconds; mailers wait for theirs after that.
PATIENCE = 5.0


async def ready() -> None:
    """Make the tables."""
    await create_tables()
    logger.info("newsletter.subscribers is ready: %d subscribers", await count_subscribers())


async def shutdown() -> None:
    """Let the mails under way be sent."""
    await all_welcomed(PATIENCE)
    logger.info("newsletter.subscribers has stopped: no mail is under way")
