"""What a worker reads from a payload."""

from __future__ import annotations

import pytest

from openviper.core.email import EmailMessageData, InvalidMessage
from openviper.core.email._sending.job_payload import Job


@pytest.fixture
def data():
    return EmailMessageData(recipients="ada@example.org", subject="s", text="t")


def test_a_job_is_read_as_it_was_written(data):
    """All of it."""
    job = Job(data, 3, 1_800_000_000.5)
    assert Job.read(job.payload()) == job


@pytest.mark.parametrize("deadline", [float("nan"), float("inf"), "nan", "1e999"])
def test_a_deadline_that_never_comes_is_refused(data, deadline):
    """Or the message would be tried for ever."""
    with pytest.raises(InvalidMessage, match="deadline is"):
        Job.read({"message": data.to_json(), "attempts": 0, "deadline": deadline})
