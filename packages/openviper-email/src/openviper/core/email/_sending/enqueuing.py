"""A message, handed to the job queue that is there."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from openviper.conf import ImproperlyConfigured
from openviper.core.email._sending.byte_budget import counted_bytes
from openviper.core.email._sending.cancelling import is_cancelled, log_interrupted
from openviper.core.email._sending.job_payload import Job
from openviper.core.email._sending.mailer_settings import mailer_settings
from openviper.core.email._sending.stopping import stoppable
from openviper.core.jobs import get_job_queue

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData
    from openviper.core.jobs import JobQueue

__all__ = ["available_queue", "enqueue", "enqueued", "needed_queue"]

_JOB = "openviper.email.deliver"
_QUEUE = "emails"


def available_queue() -> JobQueue | None:
    """Return the job queue that takes messages now; ``None``: there is none.

    Raises:
        ImproperlyConfigured: What is installed cannot be used as a queue.
        Exception: What the queue raised when it was asked.
    """
    queue = get_job_queue()
    return queue if queue is not None and queue.available() else None


def needed_queue() -> JobQueue:
    """Return the job queue that takes messages now.

    Raises:
        ImproperlyConfigured: There is none.
        Exception: What the queue raised when it was asked.
    """
    queue = available_queue()
    if queue is None:
        raise ImproperlyConfigured(
            "there is no job queue to take mail: nothing installed has the entry point openviper.jobs, or its broker "
            "is not there; send now (background=False)"
        )
    return queue


async def enqueued(data: EmailMessageData, queue: JobQueue) -> str:
    """Hand a message over for the first time, and return the job's id.

    Raises:
        MessageTooLarge: As JSON it has more than ``EMAIL_MAX_JOB_BYTES``.
        ImproperlyConfigured: The settings of the queue, or of the mailer, cannot be used.
        Exception: As :func:`enqueue`.
    """
    job = Job.new(data)
    try:
        return await enqueue(job, queue)
    except asyncio.CancelledError:
        log_interrupted(data, "queued")
        raise


async def enqueue(job: Job, queue: JobQueue, delay: timedelta | None = None) -> str:
    """Hand a job over, and return its id.

    Raises:
        MessageTooLarge: As JSON it has more than ``EMAIL_MAX_JOB_BYTES``.
        TimeoutError: The queue did not answer within the mailer's ``EMAIL_TIMEOUT``, or what it waited for was
            cancelled; it may have the job.
        Exception: What the queue raised.
    """
    payload = await asyncio.to_thread(job.payload) if counted_bytes(job.message) else job.payload()
    seconds = mailer_settings(job.message.using).EMAIL_TIMEOUT
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            return await stoppable(queue.enqueue(_JOB, payload, queue=_QUEUE, delay=delay, id=job.id))
    except asyncio.CancelledError as error:
        if is_cancelled():
            raise
        raise TimeoutError("something that the job queue waited for was cancelled") from error
    except TimeoutError as error:
        if not deadline.expired():
            raise
        raise TimeoutError(f"no answer within {seconds:g} s (EMAIL_TIMEOUT)") from error
