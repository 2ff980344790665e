"""What a worker reads from a payload, and what a queue knows a job by."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace

import pytest

from openviper.core.email import EmailMessageData, InvalidMessage
from openviper.core.email._sending.job_payload import Job

YEARS = 2 * 366 * 86_400


@pytest.fixture
def data():
    return EmailMessageData(recipients="ada@example.org", subject="s", text="t")


def job(message_id="<1@example.org>", attempts=0, **fields):
    return Job(
        EmailMessageData(recipients="a@b.org", bcc="c@b.org", subject="s", text="t", message_id=message_id, **fields),
        attempts,
        0,
    )


def test_a_job_is_read_as_it_was_written(data):
    """All of it."""
    written = Job(data, 3, time.time() + 100)
    assert Job.read(json.loads(json.dumps(written.payload()))) == written


@pytest.mark.parametrize(
    "deadline",
    [float("nan"), float("inf"), "nan", "1e999", "1", None, True, -1, 1e300, 10**400, time.time() + YEARS],
    ids=["nan", "inf", "text-nan", "text-inf", "text", "none", "true", "negative", "far", "huge", "years"],
)
def test_a_deadline_that_never_comes_is_refused(data, deadline):
    """Or the message would be tried for ever."""
    with pytest.raises(
        InvalidMessage, match=r"deadline=.*expected seconds since 1970, at most a year from now"
    ) as caught:
        Job.read({"message": data.to_json(), "attempts": 0, "deadline": deadline})
    assert len(str(caught.value)) < 400


def test_a_worker_whose_clock_is_behind_reads_a_job_of_a_year(data):
    """Clocks of two machines differ by hours at the most, where their time zones are taken for the same."""
    deadline = time.time() + 366 * 86_400 + 12 * 3_600
    assert Job.read(Job(data, 0, deadline).payload()).deadline == deadline


@pytest.mark.parametrize(
    "attempts",
    [-1, True, 1.0, "1", None, float("nan"), 10**9, 10**400, 10**5_000],
    ids=["negative", "true", "float", "text", "none", "nan", "many", "huge", "unspeakable"],
)
def test_a_number_of_attempts_that_cannot_be_is_refused(data, attempts):
    """No more of them fit before a deadline."""
    with pytest.raises(InvalidMessage, match=r"attempts=.*expected a number, 0 to 1,000,000") as caught:
        Job.read({"message": data.to_json(), "attempts": attempts, "deadline": time.time()})
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("name", ["message", "attempts", "deadline"])
def test_a_key_that_is_missing_is_named(data, name):
    """So that whoever wrote the payload finds it."""
    payload = Job(data, 0, time.time()).payload()
    del payload[name]
    with pytest.raises(InvalidMessage, match=f"has no '{name}'"):
        Job.read(payload)


@pytest.mark.parametrize(
    "message_id", ["<../../x@b.org>", "<a/b@b.org>", "<CON@b.org>", f"<{'x' * 200}@b.org>", "<|%*@b.org>"]
)
def test_an_id_can_be_the_name_of_a_file(message_id):
    """Whatever the Message-ID is."""
    assert re.fullmatch(r"email-[0-9a-f]{32}\.0", job(message_id).id)


def test_jobs_have_one_id_only_where_a_queue_may_drop_the_second():
    """The same message, envelope and attempt; no Message-ID can be written so that it equals another's retry."""
    first = job("<x@b.org>")
    assert job("<x@b.org>").id == first.id
    others = [
        job("<x@b.org>", 1),
        job("<x@b.org#1>"),
        job(f"<{first.id}@b.org>"),
        job(f"<x@b.org#{first.id.partition('-')[2]}>"),
        job("<x@b.org>", envelope_sender=""),
        job("<x@b.org>", envelope_recipients=("a@b.org",)),
    ]
    assert len({each.id for each in (first, *others)}) == 7
    turned = replace(first.message, envelope_recipients=("c@b.org", "a@b.org"))
    assert Job(turned, 0, 0).id == first.id
