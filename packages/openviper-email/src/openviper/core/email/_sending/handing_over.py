"""Whether a message goes to the job queue, and what becomes of it there as far as its sender sees."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from openviper.conf import ImproperlyConfigured
from openviper.core.email._building.characters import quoted
from openviper.core.email._sending.answers import Answer, refused
from openviper.core.email._sending.queue_switch import is_switched_off
from openviper.core.email.errors import InvalidMessage
from openviper.core.email.queue import enqueue_email_job, worker_available
from openviper.core.email.results import DeliveryResult, RecipientResult

if TYPE_CHECKING:
    from openviper.core.email._building.wire import Sign
    from openviper.core.email.message import EmailMessageData

__all__ = ["handed_over", "is_for_queue"]

_logger = logging.getLogger("openviper.email")

_WARNED: list[str] = []


def is_for_queue(background: bool | None, sign: Sign | None) -> bool:
    """Tell whether a message goes to the queue; where it should and there is none, say so once in a process."""
    if background is not None and not isinstance(background, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidMessage(f"background={quoted(background)}; expected True, False or None")
    if background and sign is not None:
        raise InvalidMessage(
            "sign= was given with background=True, and a function cannot be queued; name it in EMAIL_SIGN, or send now"
        )
    if background is False or sign is not None or is_switched_off():
        return False
    if worker_available():
        return True
    if background and not _WARNED:
        _WARNED.append("no queue")
        _logger.warning(
            "background=True, and no job queue is there: mail is sent now; a queue is an entry point of openviper.jobs"
        )
    return False


async def handed_over(data: EmailMessageData) -> Answer:
    """Hand a message to the queue; when that fails, it is a failed delivery like others."""
    try:
        await enqueue_email_job(data)
    except (InvalidMessage, ImproperlyConfigured):
        raise
    except Exception as error:
        # It may have come there: only the queue's answer was not good.
        text = f"the job queue failed: {type(error).__name__}: {error}"
        return Answer(refused(data, "ambiguous", text, data.using), error)
    accepted = tuple(RecipientResult(each, "accepted", text="queued") for each in data.envelope_recipients)
    return Answer(DeliveryResult(data.message_id, accepted, mailer=data.using))
