"""Whether a message goes to the job queue, and what becomes of it there as far as its sender sees."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING

from openviper.conf import ImproperlyConfigured
from openviper.core.email._building.characters import quoted
from openviper.core.email._sending.answers import Answer, refused, said_by
from openviper.core.email._sending.enqueuing import available_queue, enqueued
from openviper.core.email._sending.queue_switch import is_switched_off
from openviper.core.email.errors import InvalidMessage, MessageTooLarge
from openviper.core.email.results import DeliveryResult, RecipientResult

if TYPE_CHECKING:
    from openviper.core.email._building.wire import Sign
    from openviper.core.email.message import EmailMessageData
    from openviper.core.jobs import JobQueue

__all__ = ["handed_over", "may_be_queued"]

_logger = logging.getLogger("openviper.email")


def may_be_queued(background: bool | None, sign: Sign | None) -> bool:
    """Tell whether a message goes to the queue, if there is one that takes it.

    Raises:
        InvalidMessage: The arguments are none that can be, or not both.
    """
    if background is not None and not isinstance(background, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidMessage(f"background={quoted(background)}; expected True, False or None")
    if background and sign is not None:
        raise InvalidMessage(
            "sign= was given with background=True, and a function cannot be queued; name it in EMAIL_SIGN, or send now"
        )
    return background is not False and sign is None and not is_switched_off()


async def handed_over(data: EmailMessageData, background: bool | None) -> Answer | None:
    """Hand a message to the queue; when that fails, it is a failed delivery like others.

    Returns:
        ``None``: it is to be sent now. There is no queue, of which the log has a warning once in a process where
        ``background`` asks for one; or, where it does not, the queue cannot be asked, or does not take so many bytes.

    Raises:
        MessageTooLarge: ``background`` asks for the queue, and it takes less.
        ImproperlyConfigured: What is installed cannot be used as a queue, or the settings cannot be used.
    """
    try:
        queue = available_queue()
    except ImproperlyConfigured:
        raise
    except Exception as error:
        return _unasked(data, background, error)
    if queue is None:
        if background:
            _warn_once(
                "background=True, and no job queue is there: mail is sent now; a queue is an entry point of "
                "openviper.jobs"
            )
        return None
    try:
        return await _queued(data, queue)
    except MessageTooLarge:
        if background:
            raise
        return None


def _unasked(data: EmailMessageData, background: bool | None, error: Exception) -> Answer | None:
    text = f"the job queue failed: {said_by(error)}"
    if background:
        return Answer(refused(data, "transient", text, data.using), error)
    _warn_once(f"{text}; mail is sent now")
    return None


async def _queued(data: EmailMessageData, queue: JobQueue) -> Answer:
    try:
        await enqueued(data, queue)
    except (InvalidMessage, ImproperlyConfigured):
        raise
    except Exception as error:
        # It may have come there: only the queue's answer was not good.
        return Answer(refused(data, "ambiguous", f"the job queue failed: {said_by(error)}", data.using), error)
    accepted = tuple(RecipientResult(each, "accepted", text="queued") for each in data.envelope_recipients)
    return Answer(DeliveryResult(data.message_id, accepted, mailer=data.using))


@lru_cache(maxsize=16)
def _warn_once(text: str) -> None:
    _logger.warning("%s", text)
