"""Mail in the background: a message becomes a job, and a worker sends it, for a day if need be.

The job is ``openviper.email.deliver`` in the queue ``emails`` (:mod:`openviper.core.jobs`). Its consumer,
:func:`deliver_email_job`, is found by the entry-point group ``openviper.job_consumers``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from openviper.conf import ImproperlyConfigured
from openviper.core.email._building.characters import printable
from openviper.core.email._sending.answers import refused, said_by
from openviper.core.email._sending.backoff import backoff
from openviper.core.email._sending.enqueuing import available_queue, enqueue, enqueued, needed_queue
from openviper.core.email._sending.job_payload import Job
from openviper.core.email._sending.queue_errors import surely_not_queued
from openviper.core.email._sending.queue_switch import is_switched_off
from openviper.core.email.errors import DeliveryError, InvalidMessage
from openviper.core.email.mailers import get_mailer

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData
    from openviper.core.email.results import DeliveryResult

__all__ = ["deliver_email_job", "enqueue_email_job", "worker_available"]

_logger = logging.getLogger("openviper.email")

# Before a worker hands a job over once more, in seconds: a connection that was closed is opened anew at once, and a
# broker that restarts is back soon.
_PAUSES = (0.1, 2.0)


def worker_available() -> bool:
    """Tell whether there is a job queue that takes messages.

    Raises:
        ImproperlyConfigured: What is installed cannot be used as a queue.
        Exception: What the queue raised when it was asked.
    """
    return available_queue() is not None


async def enqueue_email_job(data: EmailMessageData) -> str:
    """Hand a message to the job queue, and return the job's id. The same message is not queued twice.

    In a test with the fixture ``mailbox`` it is kept there instead.

    Raises:
        MessageTooLarge: As JSON it has more than ``EMAIL_MAX_JOB_BYTES``.
        ImproperlyConfigured: There is no job queue, or the settings cannot be used.
        TimeoutError: The queue did not answer within the mailer's ``EMAIL_TIMEOUT``, or what it waited for was
            cancelled; it may have the message.
        Exception: What the queue raised; it may have the message.
        asyncio.CancelledError: The caller was cancelled; the queue may have the message, which is logged.
    """
    if is_switched_off():
        return await _delivered_at_once(Job.new(data))
    return await enqueued(data, needed_queue())


async def _delivered_at_once(job: Job) -> str:
    payload = await asyncio.to_thread(job.payload)
    await deliver_email_job(payload)
    return job.id


async def deliver_email_job(payload: Mapping[str, Any]) -> None:
    """Send the message of a job; those who were refused for now go back into the queue, with a delay.

    One attempt is always made, however late its turn comes; another only before the deadline, else who did not get it
    is logged.

    Who was refused for good, or may have it, is logged, and does not fail the job: a worker that runs a failed job
    again would send to those who were accepted once more. So would it where the queue may have the rest already, which
    is logged too. A job fails only when nobody can have got the message, and nothing else is about to send it.

    Raises:
        InvalidMessage: The payload cannot be read, or the message is too large for its mailer.
        ImproperlyConfigured: The settings cannot be used.
        DeliveryError: Nobody got it, and the queue surely does not have it again.
        asyncio.CancelledError: The worker ended it; the message may have been sent, which is logged. Run again, it may
            arrive twice.
    """
    # How large it is shows when it is read.
    job = await asyncio.to_thread(Job.read, payload)
    if job.attempts and time.time() > job.deadline:
        late = refused(job.message, "transient", "its turn came too late", job.message.using)
        _give_up(late, f"after {_counted(job.attempts, 'attempt')}: EMAIL_QUEUE_DEADLINE is over")
        return
    result = await get_mailer(job.message.using).deliver(job.message)
    _report(result)
    if result.transient:
        await _try_later(job, result)


def _report(result: DeliveryResult) -> None:
    lost = result.permanent + result.ambiguous
    for each in lost:
        _logger.error("%s: %s", result.message_id, each)


async def _try_later(job: Job, result: DeliveryResult) -> None:
    later = job.next(tuple(each.recipient for each in result.transient))
    delay = backoff(later.attempts)
    if time.time() + delay > job.deadline:
        _give_up(
            result, f"after {_counted(later.attempts, 'attempt')}, the last that EMAIL_QUEUE_DEADLINE leaves time for"
        )
        return
    try:
        errors = await _enqueue_again(later, timedelta(seconds=delay))
    except asyncio.CancelledError:
        _give_up(result, "unless the queue has it again: the worker was stopped before that was known")
        raise
    if errors:
        _left(result, errors)
        return
    recipients = result.transient
    count = _counted(len(recipients), "recipient")
    _logger.warning("%s is tried again in %.0f s for %s: %s", result.message_id, delay, count, recipients[0])


def _left(result: DeliveryResult, errors: list[Exception]) -> None:
    """Report who could not be queued again; fail where that sends nothing twice."""
    doubtful = [each for each in errors if not surely_not_queued(each)]
    if doubtful:
        # Failed, the job might be run again while the queue has it for later, and both would send.
        first = doubtful[0]
        said = printable(str(first) if isinstance(first, TimeoutError) else said_by(first))
        _give_up(result, f"unless the queue has it again: {said}")
        return
    _give_up(result, f"and it could not be queued again ({printable(said_by(errors[-1]))})")
    if not result.accepted and not result.ambiguous:
        raise DeliveryError(result) from errors[-1]


async def _enqueue_again(job: Job, delay: timedelta) -> list[Exception]:
    """Hand a job over until the queue says that it has it, which after a doubt it may say of the first time.

    Return nothing then; else what went wrong each time.
    """
    errors: list[Exception] = []
    for pause in (*_PAUSES, None):
        try:
            await enqueue(job, needed_queue(), delay)
        except Exception as error:
            errors.append(error)
        else:
            return []
        if pause is None or isinstance(errors[-1], (TimeoutError, ImproperlyConfigured, InvalidMessage)):
            break
        await asyncio.sleep(pause)
    return errors


def _give_up(result: DeliveryResult, why: str) -> None:
    for each in result.transient:
        _logger.error("%s is given up, %s: %s", result.message_id, why, each)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
