"""The second attempt: one, soon, and only for those to whom the first surely did not send."""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from openviper.core.email._sending.answers import Answer, merged
from openviper.core.email._sending.turns import TimeLeft

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData
    from openviper.core.email.results import DeliveryResult, RecipientResult

__all__ = ["Attempt", "attempted", "narrowed", "worth_another"]

_logger = logging.getLogger("openviper.email")

#: Sends a message once, within so many seconds.
Attempt: TypeAlias = "Callable[[EmailMessageData, float], Awaitable[Answer]]"

# Between the two, in seconds: a server that restarts, or sheds load, may be back; a user is waiting.
_PAUSE = (0.5, 1.5)
# Of EMAIL_TIMEOUT, what must be left after the pause for an attempt that can succeed.
_LEAST = 1.0
# A full mailbox (X.2.2) is as full in a second, and a policy (X.7.*), greylisting above all, says to come back in
# minutes: RFC 3463, 3.3 and 3.8; RFC 6647, 5.
_LATER = re.compile(r"4\.(?:2\.2|7\.\d+)")
_GREYLISTED = re.compile(r"gr[ae]y-?list", re.IGNORECASE)


async def attempted(
    send: Attempt,
    data: EmailMessageData,
    seconds: float,
    *,
    retry_ambiguous: bool,
    is_open: Callable[[], bool] = lambda: True,
) -> Answer:
    """Send a message, and once more to those for whom that is worth it; both within ``seconds``.

    There is no second attempt when ``is_open()`` is false after the first, or after the pause: the program ends. An
    error that the second raises is logged; so is the first result where the caller is cancelled before there is
    another.
    """
    left = TimeLeft(seconds)
    first = await send(data, seconds)
    if not first.result.refused:
        return first
    again = worth_another(first.result, ambiguous=retry_ambiguous)
    pause = random.uniform(*_PAUSE)  # noqa: S311 - so that not all come back at once; nobody gains from guessing it
    if not again or not is_open() or pause + _LEAST > left.seconds:
        return first
    try:
        await asyncio.sleep(pause)
        if not is_open():
            return first
        second = await send(narrowed(data, again), left.seconds)
    except asyncio.CancelledError:
        _logger.error("interrupted after the first of two attempts: %s", first.result)
        raise
    except Exception:
        # Raised, it would take from the caller what the first attempt has to say of those who accepted.
        _logger.exception("the second attempt to send %s failed", data.message_id)
        return first
    return Answer(merged(first.result, second.result), second.cause or first.cause)


def worth_another(result: DeliveryResult, *, ambiguous: bool) -> tuple[str, ...]:
    """Return the recipients to whom the message may go again at once; with ``ambiguous`` those too."""
    tried = result.transient + result.ambiguous if ambiguous else result.transient
    return tuple(each.recipient for each in tried if not _says_later(each))


def _says_later(refusal: RecipientResult) -> bool:
    return bool(_LATER.fullmatch(refusal.enhanced_status or "") or _GREYLISTED.search(refusal.text))


def narrowed(data: EmailMessageData, recipients: tuple[str, ...]) -> EmailMessageData:
    """Return the same message, Message-ID included, for some of its recipients."""
    return data if recipients == data.envelope_recipients else replace(data, envelope_recipients=recipients)
