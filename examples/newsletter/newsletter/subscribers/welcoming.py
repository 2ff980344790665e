"""The welcome mail. It is sent when the visitor has the answer already, and never makes a sign-up slow or fail.

With a job queue the mail is handed to it, which goes on trying for a day. Without one it is sent from here: if the
mail server is away, that is in the log, the subscriber stays one, and the next letter has the same link to leave.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from newsletter.mail import list_unsubscribe, mail_context, site_url
from newsletter.sections import NewsletterSettings
from newsletter.subscribers.storage import Subscriber
from newsletter.subscribers.unsubscribing import unsubscribe_url
from openviper.conf import section
from openviper.core.email import send_email

__all__ = ["TEMPLATE", "all_welcomed", "welcome_context", "welcome_soon", "welcome_subject"]

logger = logging.getLogger("newsletter.subscribers")

TEMPLATE = "subscribers/mail/welcome.md"
#: Mails that wait for a mail server which does not answer; more than that are not sent.
MOST_WAITING = 1000
#: Seconds for what was cancelled to end.
SECONDS_TO_END = 1.0

_under_way: set[asyncio.Task[None]] = set()


def welcome_subject() -> str:
    """Return the subject."""
    return f"You are on the list of {section(NewsletterSettings).NEWSLETTER_TITLE}"


def welcome_context(address: str, unsubscribe: str) -> Mapping[str, Any]:
    """Return the template's variables."""
    return mail_context(unsubscribe, address=address, issues_url=site_url("/issues"))


async def welcome_soon(subscriber: Subscriber) -> None:
    """Begin to send the mail, and return at once."""
    if len(_under_way) >= MOST_WAITING:
        logger.error("a welcome mail is not sent: %d are waiting already", MOST_WAITING)
        return
    task = asyncio.create_task(_welcome(subscriber), name=f"welcome of subscriber {subscriber.id}")
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


async def all_welcomed(patience: float) -> None:
    """Wait for what is under way, at most ``patience`` seconds; what is not done by then is given up."""
    if not _under_way:
        return
    _, late = await asyncio.wait(_under_way, timeout=patience)
    for task in late:
        task.cancel()
    if late:
        logger.error("%d welcome mails were not sent: the site is stopping", len(late))
        _, left = await asyncio.wait(late, timeout=SECONDS_TO_END)
        for task in left:
            logger.error("the %s does not end", task.get_name())


async def _welcome(subscriber: Subscriber) -> None:
    try:
        leave = unsubscribe_url(subscriber.id)
        sent = await send_email(
            subscriber.address,
            welcome_subject(),
            template=TEMPLATE,
            context=welcome_context(subscriber.address, leave),
            list_unsubscribe=list_unsubscribe(leave),
            auto_submitted="auto-generated",
            fail_silently=True,
        )
    except Exception:
        # A mistake of ours, which no visitor can do anything about.
        logger.exception("a welcome mail could not be made")
    else:
        if sent:
            logger.info("a new subscriber is welcomed")
        else:
            logger.warning("a new subscriber was not welcomed; why is in the line above")
