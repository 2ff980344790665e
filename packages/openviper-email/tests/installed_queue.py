"""A job queue of an installed distribution."""

from __future__ import annotations

import sys
from contextlib import contextmanager

from openviper.conf import override_settings
from openviper.core.jobs import get_job_consumer, get_job_queue

__all__ = ["installed_queue"]

# A small one: it keeps JSON, knows ids, waits for delays, and runs a failed job once more.
QUEUE = """
import asyncio
import json
from openviper.core.jobs import get_job_consumer

class Queue:
    def __init__(self):
        self.jobs, self.ids, self.error, self.failed = [], set(), None, []
        # What available() answers, one after the other, and the last one for good; an error is raised.
        self.is_open = [True]
        self.answers = asyncio.Event()
        self.answers.set()

    async def enqueue(self, name, payload, *, queue="default", delay=None, id=None):
        if self.error is not None:
            raise self.error
        if id not in self.ids:
            self.ids.add(id)
            self.jobs.append((name, json.dumps(payload), queue, delay, id))
        await self.answers.wait()
        return id

    def available(self):
        answer = self.is_open.pop(0) if len(self.is_open) > 1 else self.is_open[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def work(self):
        jobs, self.jobs = self.jobs, []
        for name, payload, queue, delay, id in jobs:
            for attempt in range(2):
                try:
                    await get_job_consumer(name)(json.loads(payload))
                except Exception as error:
                    self.failed.append(error)
                else:
                    break

queue = Queue()
"""


@contextmanager
def installed_queue(folder, monkeypatch):
    """Install it below ``folder`` and give it; what is sent at once is kept in memory."""
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "mail_jobs", raising=False)
    (folder / "mail_jobs.py").write_text(QUEUE)
    info = folder / "mailjobs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mailjobs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[openviper.jobs]\nqueue = mail_jobs:queue\n")
    get_job_queue.cache_clear()
    get_job_consumer.cache_clear()
    try:
        with override_settings(EMAIL_BACKEND="memory"):
            yield get_job_queue()
    finally:
        get_job_queue.cache_clear()
