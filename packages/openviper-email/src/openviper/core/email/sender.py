"""Sending mail.

::

    await send_email("ada@example.org", "Welcome", template="welcome.md", context={"name": "Ada"})

    async for result in stream_messages(newsletters()):      # thousands, a few at a time
        ...
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from openviper._settings.email import EmailSettings
from openviper.conf import section
from openviper.core.email._building.characters import quoted
from openviper.core.email._sending.batches import Messages, delivered, log_unseen
from openviper.core.email._sending.composed import composed
from openviper.core.email._sending.composing import Addresses, AutoSubmitted, compose_email
from openviper.core.email._sending.handing_over import handed_over, may_be_queued
from openviper.core.email.addresses import normalize_addresses
from openviper.core.email.errors import DeliveryError, InvalidMessage
from openviper.core.email.mailers import get_mailer

if TYPE_CHECKING:
    from openviper.core.email._building.wire import Sign
    from openviper.core.email._sending.answers import Answer
    from openviper.core.email.headers import Headers
    from openviper.core.email.message import EmailMessageData
    from openviper.core.email.results import DeliveryResult

__all__ = ["compose_email", "normalize_addresses", "send_email", "send_message", "send_messages", "stream_messages"]

_logger = logging.getLogger("openviper.email")


async def send_email(  # noqa: PLR0913 - documented, one for each part of a message
    recipients: Addresses,
    subject: str,
    text: str | None = None,
    html: str | None = None,
    *,
    template: str | None = None,
    context: Mapping[str, Any] | None = None,
    attachments: Iterable[Any] | None = None,
    background: bool | None = None,
    fail_silently: bool | None = None,
    sender: str | None = None,
    cc: Addresses | None = None,
    bcc: Addresses | None = None,
    reply_to: Addresses | None = None,
    headers: Headers | None = None,
    envelope_sender: str | None = None,
    auto_submitted: AutoSubmitted | None = None,
    list_unsubscribe: str | Iterable[str] | None = None,
    using: str = "default",
    sign: Sign | None = None,
    message_id: str | None = None,
) -> bool:
    """Send one message, and return whether every recipient was accepted.

    Args:
        recipients: One address, or several: ``ada@example.org``, ``Ada Lovelace <ada@example.org>``.
        subject: One line.
        text: Made of the html where it is missing.
        html: Beside the text, not instead of it.
        template: Renders what is missing of text and html: ``welcome.md`` (both), ``.html``, ``.txt``.
        context: The template's variables.
        attachments: Bytes, :class:`AttachmentData`, tuples, dicts, paths, URLs.
        background: ``True``: hand it to the job queue; without one it is sent now, with a warning. ``False``: send it
            now. ``None``: to the queue where one is there and takes it: ``sign`` cannot be queued, nor what has more
            bytes than ``EMAIL_MAX_JOB_BYTES``.
        fail_silently: ``True``: a failed delivery is logged and returns ``False``. Wrong arguments and settings raise
            all the same. ``None``: ``EMAIL_FAIL_SILENTLY``.
        sender: From; ``None``: ``DEFAULT_FROM_EMAIL``.
        cc: As ``recipients``, and shown to all of them.
        bcc: Likewise, and shown to nobody; errors and logs name those who were not accepted, though.
        reply_to: Where answers go; ``None``: to the sender.
        headers: More of them, a mapping or pairs; not those that other arguments make.
        envelope_sender: Where bounces go, a bare address; empty: nowhere. ``None``: that of the sender.
        auto_submitted: So that out-of-office programs do not answer: ``auto-generated`` (RFC 3834).
        list_unsubscribe: An ``https:`` URL at which a POST unsubscribes, and ``mailto:`` URLs (RFC 8058, RFC 2369).
        using: The mailer: ``default``, or a name of ``EMAIL_MAILERS``.
        sign: From the finished message to headers that are put before it: DKIM. ``None``: ``EMAIL_SIGN``.
        message_id: ``<left@right>``; ``None``: made.

    Returns:
        ``True``: all were accepted, or, in the background, the queue has it.

    Raises:
        DeliveryError: Somebody was not accepted; it has the result of each.
        InvalidMessage: The arguments make no message.
        ImproperlyConfigured: The settings cannot be used, or there is no mailer ``using``.
    """
    _check_silence(fail_silently)
    for_queue = may_be_queued(background, sign)
    data = await compose_email(
        recipients,
        subject,
        text,
        html,
        template=template,
        context=context,
        attachments=attachments,
        sender=sender,
        cc=cc,
        bcc=bcc,
        reply_to=reply_to,
        headers=headers,
        envelope_sender=envelope_sender,
        auto_submitted=auto_submitted,
        list_unsubscribe=list_unsubscribe,
        using=using,
        message_id=message_id,
    )
    answer = await handed_over(data, background) if for_queue else None
    if answer is None:
        answer = await get_mailer(using).answer(data, sign=sign)
    return _concluded(answer, fail_silently)


def _check_silence(fail_silently: object) -> None:
    if fail_silently is not None and not isinstance(fail_silently, bool):
        raise InvalidMessage(f"fail_silently={quoted(fail_silently)}; expected True, False or None")


def _concluded(answer: Answer, fail_silently: bool | None) -> bool:
    if answer.result.ok:
        return True
    if section(EmailSettings).EMAIL_FAIL_SILENTLY if fail_silently is None else fail_silently:
        _logger.error("%s", answer.result)
        return False
    raise DeliveryError(answer.result) from answer.cause


async def send_message(data: EmailMessageData, *, sign: Sign | None = None) -> DeliveryResult:
    """Send a composed message now, and return what became of each recipient; a refusal is a result, not an error.

    Raises:
        InvalidMessage: Nobody can send it: it is too large, or no message.
        ImproperlyConfigured: The settings cannot be used, or there is no mailer ``data.using``.
    """
    data = composed(data, "data")
    return await get_mailer(data.using).deliver(data, sign=sign)


async def send_messages(messages: Messages, *, using: str | None = None) -> list[DeliveryResult]:
    """Send a batch over the connections of its mailers, and return the results in the order of the messages.

    Args:
        messages: An iterable or asynchronous iterable of composed messages.
        using: The mailer of all; ``None``: each message's own.

    Raises:
        ImproperlyConfigured: There is no mailer ``using``. Where a message names none, that is its result.
        InvalidMessage: ``messages`` is no batch, or something in it is no message.
        Exception: What ``messages`` raised, once what was under way is done. The results are only in the log then, as
            they are when the caller is cancelled; where that matters, use :func:`stream_messages`.
    """
    found: list[tuple[int, DeliveryResult]] = []
    try:
        async for each in delivered(messages, using):
            found.append(each)  # noqa: PERF401 - what came before an error is to be kept
    except BaseException:
        for _, result in found:
            log_unseen(result)
        raise
    found.sort(key=itemgetter(0))
    return [result for _, result in found]


async def stream_messages(messages: Messages, *, using: str | None = None) -> AsyncGenerator[DeliveryResult]:
    """Send a batch, and yield each result as soon as it is there.

    A message is taken from ``messages`` when a connection is free for it, so that any number of them takes the memory
    of a few. One that cannot be sent is a result too. Whoever stops early has what is under way finished; cancelled, it
    is interrupted. Each result that nobody took is logged.

    Args:
        messages: An iterable or asynchronous iterable of composed messages.
        using: The mailer of all; ``None``: each message's own.

    Raises:
        ImproperlyConfigured: There is no mailer ``using``. Where a message names none, that is its result.
        InvalidMessage: ``messages`` is no batch, or something in it is no message; after the results of what came
            before.
        Exception: What ``messages`` raised, after the results of what came before.
    """
    async with aclosing(delivered(messages, using)) as results:
        async for _, result in results:
            yield result
