"""What the site does when it starts and stops: open the database, close it."""

from __future__ import annotations

import logging

from newsletter.database import close_database, get_database, open_database
from newsletter.sections import NewsletterSettings
from openviper.conf import section, settings

__all__ = ["ready", "shutdown"]

logger = logging.getLogger("newsletter")


async def ready() -> None:
    """Open the database; the file is made where there is none."""
    options = section(NewsletterSettings)
    if not settings.DEBUG and not options.NEWSLETTER_URL.startswith("https:"):
        logger.warning("the links in mails begin with NEWSLETTER_URL=%r; expected https://...", options.NEWSLETTER_URL)
    made = await open_database(options.NEWSLETTER_DATABASE, patience=options.NEWSLETTER_PATIENCE.total_seconds())
    logger.info("newsletter is ready: database %s %s", get_database().path, "made" if made else "opened")


async def shutdown() -> None:
    """Close the database."""
    await close_database()
    logger.info("newsletter has stopped: database closed")
