"""Mail that is sent at once, though there is a queue."""

from __future__ import annotations

import pytest

from openviper.core.email import compose_email, send_email
from openviper.core.email._sending.queue_switch import is_switched_off, without_queue
from openviper.core.email.queue import enqueue_email_job


@pytest.mark.parametrize("background", [None, True])
async def test_the_mailbox_of_tests_keeps_what_would_be_queued(jobs, mailbox, caplog, background):
    """It is where a test looks; and nobody is told to install what is there."""
    await send_email("ada@example.org", "s", "t", background=background)
    assert len(mailbox) == 1
    assert jobs.jobs == []
    assert not caplog.text


async def test_the_mailbox_of_tests_keeps_what_is_queued_by_hand(jobs, mailbox):
    """No test fills a real broker; what cannot be queued is refused there too."""
    data = await compose_email("ada@example.org", "s", "t", bcc="hidden@example.org")
    assert (await enqueue_email_job(data)).startswith("email-")
    assert mailbox == [data]
    assert jobs.jobs == []


async def test_the_queue_is_back_afterwards(jobs):
    """Also behind a block within another one."""
    with without_queue():
        with without_queue():
            assert is_switched_off()
        assert is_switched_off()
    await send_email("ada@example.org", "s", "t")
    assert len(jobs.jobs) == 1
