"""Mail that is sent at once, though there is a queue."""

from __future__ import annotations

import sys

import pytest

from openviper.core.email import send_email
from openviper.core.email._sending.queue_switch import is_switched_off, without_queue
from openviper.core.jobs import get_job_queue

QUEUE = """
class Queue:
    def __init__(self):
        self.ids = []

    def available(self):
        return True

    async def enqueue(self, name, payload, *, queue="default", delay=None, id=None):
        self.ids.append(id)
        return id

queue = Queue()
"""


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """A job queue of an installed distribution."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "switched_jobs", raising=False)
    (tmp_path / "switched_jobs.py").write_text(QUEUE)
    info = tmp_path / "switchedjobs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: switchedjobs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[openviper.jobs]\nqueue = switched_jobs:queue\n")
    get_job_queue.cache_clear()
    yield get_job_queue()
    get_job_queue.cache_clear()


@pytest.mark.parametrize("background", [None, True])
async def test_the_mailbox_of_tests_keeps_what_would_be_queued(queue, mailbox, caplog, background):
    """It is where a test looks; and nobody is told to install what is there."""
    await send_email("ada@example.org", "s", "t", background=background)
    assert len(mailbox) == 1
    assert queue.ids == []
    assert not caplog.text


async def test_the_queue_is_back_afterwards(queue):
    """Also behind a block within another one."""
    with without_queue():
        with without_queue():
            assert is_switched_off()
        assert is_switched_off()
    await send_email("ada@example.org", "s", "t")
    assert len(queue.ids) == 1
