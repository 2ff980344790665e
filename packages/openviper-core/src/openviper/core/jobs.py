"""The job queue, as other distributions see it.

Whoever has work for later asks :func:`get_job_queue`; the distribution that runs jobs offers one through the
entry-point group ``openviper.jobs``. Its worker asks :func:`get_job_consumer` what a job's name stands for: a
distribution names its consumers in the group ``openviper.job_consumers``::

    [project.entry-points."openviper.job_consumers"]
    "openviper.email.deliver" = "openviper.core.email.queue:deliver_email_job"
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast, runtime_checkable

from openviper.core.entrypoints import distribution_of, installed_entries
from openviper.core.error_text import error_line
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import closest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["JobConsumer", "JobQueue", "get_job_consumer", "get_job_queue"]

#: Does the work of a job, from its payload. An error means that nothing was done, and the job may be run again. That
#: says nothing of ``asyncio.CancelledError``: the worker ended it in the midst, and run again it may do its work twice.
JobConsumer: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]


@runtime_checkable
class JobQueue(Protocol):
    """A broker that keeps jobs until a worker takes them."""

    async def enqueue(
        self,
        name: str,
        payload: Mapping[str, Any],
        *,
        queue: str = "default",
        delay: timedelta | None = None,
        id: str | None = None,
    ) -> str:
        """Keep a job durably, and return its id.

        Args:
            name: The job's consumer, ``openviper.email.deliver``.
            payload: JSON-safe arguments.
            queue: The queue that it waits in.
            delay: How long it waits at least; ``None``: not at all.
            id: The caller's own; ``None``: one is made. It counts while its job waits or runs, and for a day at least
                after that: a second job of this id is not accepted then, and the id is returned all the same.
        """
        ...

    def available(self) -> bool:
        """Tell whether jobs are accepted: a broker is configured."""
        ...


@cache
def get_job_queue() -> JobQueue | None:
    """Return the job queue of this installation, or ``None`` where no distribution offers one.

    Raises:
        ImproperlyConfigured: More than one distribution offers a queue, or what is offered is none, or cannot be
            loaded.
    """
    entries = installed_entries("openviper.jobs")
    if not entries:
        return None
    if len(entries) > 1:
        offers = ", ".join(f"{distribution_of(entry)} ({entry.value})" for entry in entries)
        raise ImproperlyConfigured(f"{len(entries)} job queues are installed, one is expected: {offers}")
    return _loaded(entries[0])


def _loaded(entry: EntryPoint) -> JobQueue:
    place = f"job queue {entry.value} of {distribution_of(entry)}"
    try:
        queue = entry.load()
        if isinstance(queue, type):
            queue = queue()
    except Exception as error:
        raise ImproperlyConfigured(f"{place} cannot be loaded: {error_line(error)}") from error
    if not isinstance(queue, JobQueue):
        raise ImproperlyConfigured(f"{place} is none: {type(queue).__name__} needs enqueue() and available()")
    return queue


@cache
def get_job_consumer(name: str) -> JobConsumer:
    """Return the function that does the jobs of this name.

    Raises:
        ImproperlyConfigured: No installed distribution has one, or several have, or it is no async function, or
            cannot be loaded.
    """
    entries = installed_entries("openviper.job_consumers")
    found = [entry for entry in entries if entry.name == name]
    if not found:
        near = closest(name, (entry.name for entry in entries))
        raise ImproperlyConfigured(f"no installed distribution has a consumer for jobs named {name!r}{near}")
    if len(found) > 1:
        offers = ", ".join(f"{distribution_of(entry)} ({entry.value})" for entry in found)
        raise ImproperlyConfigured(f"{len(found)} consumers of jobs named {name!r} are installed: {offers}")
    return _consumer(found[0])


def _consumer(entry: EntryPoint) -> JobConsumer:
    place = f"consumer {entry.value} of {distribution_of(entry)}"
    try:
        consumer = entry.load()
    except Exception as error:
        raise ImproperlyConfigured(f"{place} cannot be loaded: {error_line(error)}") from error
    if not callable(consumer):
        raise ImproperlyConfigured(f"{place} is none: {type(consumer).__name__} cannot be called with a payload")
    if not _is_async(consumer):
        raise ImproperlyConfigured(f"{place} is none: it is not async; write it with async def")
    return cast("JobConsumer", consumer)


def _is_async(consumer: Callable[..., object]) -> bool:
    # Of an object the class has it.
    return any(map(inspect.iscoroutinefunction, (consumer, type(consumer).__call__)))
