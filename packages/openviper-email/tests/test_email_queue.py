"""Mail in the background: into a job queue, out of it to a server, and back into it."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import re
import socket
import threading
import time
from datetime import timedelta

import pytest
from stepping import Interrupted, until

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.email import (
    AttachmentData,
    DeliveryError,
    EmailMessageData,
    InvalidMessage,
    MessageTooLarge,
    close_mailers,
    queue,
    send_email,
)
from openviper.core.email._sending import handing_over
from openviper.core.email._sending.backoff import backoff
from openviper.core.email._sending.job_payload import Job
from openviper.core.email.backends.memory import outbox
from openviper.core.email.queue import deliver_email_job, enqueue_email_job, worker_available
from openviper.core.jobs import get_job_consumer, get_job_queue


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    handing_over._warn_once.cache_clear()
    monkeypatch.setattr("openviper.core.email._sending.attempts._PAUSE", (0, 0))
    monkeypatch.setattr(queue, "_PAUSES", (0, 0))
    outbox.clear()
    get_job_queue.cache_clear()
    yield
    outbox.clear()


@pytest.fixture
def server(smtp_script):
    """Return a function that starts a scripted server and has mail go there."""
    overrides = []

    def start(*scripts, **settings):
        made = smtp_script(*scripts)
        override = override_settings(
            EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=made.port, EMAIL_TIMEOUT=5.0, **settings
        )
        override.__enter__()
        overrides.append(override)
        return made

    yield start
    for override in reversed(overrides):
        override.__exit__(None, None, None)


def message(**fields):
    given = {"recipients": "ada@example.org", "subject": "s", "text": "t", "message_id": "<1@example.org>", **fields}
    return EmailMessageData(**given)


TWO = ("ada@example.org", "grace@example.org")


@pytest.mark.parametrize("background", [None, True])
async def test_mail_is_handed_to_the_queue_that_is_there(jobs, background):
    """Complete and JSON-safe, under the names that workers know; True means that the queue has it."""
    assert await send_email("ada@example.org", "Grüße", "Hello", background=background, message_id="<1@example.org>")
    assert not outbox
    [(name, payload, queue, delay, id)] = jobs.jobs
    assert (name, queue, delay) == ("openviper.email.deliver", "emails", None)
    assert re.fullmatch(r"email-[0-9a-f]{32}\.0", id)
    assert json.loads(payload)["attempts"] == 0


async def test_background_false_sends_now(jobs):
    """Whatever is installed."""
    assert await send_email("ada@example.org", "s", "t", background=False)
    assert len(outbox) == 1
    assert jobs.jobs == []


async def test_a_signed_message_is_sent_now(jobs):
    """A function cannot wait in a queue; with background=True it is refused."""
    assert await send_email("ada@example.org", "s", "t", sign=lambda finished: b"X-Signed: 1\r\n")
    assert outbox[0].raw.startswith(b"X-Signed: 1")
    with pytest.raises(InvalidMessage, match="EMAIL_SIGN"):
        await send_email("ada@example.org", "s", "t", background=True, sign=lambda finished: b"")


@pytest.mark.parametrize("is_installed", [True, False])
async def test_without_a_queue_that_takes_jobs_mail_is_sent_now(request, caplog, is_installed):
    """Asked for the background, with one warning in a process; else without a word."""
    if is_installed:
        request.getfixturevalue("jobs").is_open = [False]
    assert not worker_available()
    with override_settings(EMAIL_BACKEND="memory"):
        assert await send_email("ada@example.org", "s", "t")
        assert not caplog.records
        assert await send_email("ada@example.org", "s", "t", background=True)
        assert await send_email("ada@example.org", "s", "t", background=True)
    assert len(outbox) == 3
    assert [each.levelno for each in caplog.records] == [logging.WARNING]
    assert "no job queue is there: mail is sent now; a queue is an entry point of openviper.jobs" in caplog.text


async def test_whoever_queues_without_a_queue_is_told_what_to_do():
    """enqueue_email_job does nothing else."""
    with pytest.raises(ImproperlyConfigured, match=r"entry point openviper\.jobs"):
        await enqueue_email_job(message())


@pytest.mark.parametrize("settings", [{"EMAIL_QUEUE_DEADLINE": float("nan")}, {"EMAIL_MAX_JOB_BYTES": -3}])
async def test_nothing_is_queued_by_settings_that_cannot_be(jobs, settings):
    """No worker could read it, or it would be tried for ever."""
    [name] = settings
    with override_settings(**settings), pytest.raises(ImproperlyConfigured, match=name):
        await send_email("ada@example.org", "s", "t", fail_silently=True)
    assert jobs.jobs == []


async def test_the_same_message_is_not_queued_twice(jobs):
    """A caller that tries again after a doubtful answer does not send twice."""
    assert await enqueue_email_job(message()) == await enqueue_email_job(message())
    assert len(jobs.jobs) == 1


async def test_one_message_id_for_several_recipients_loses_nobody(jobs):
    """It is not the same message that goes to others, or from elsewhere; nor is it another in another order."""
    assert await send_email("ada@example.org", "s", "t", message_id="<1@example.org>")
    assert await send_email("grace@example.org", "s", "t", message_id="<1@example.org>")
    assert await send_email("ada@example.org", "s", "t", message_id="<1@example.org>", envelope_sender="b@example.org")
    assert await send_email(TWO, "s", "t", message_id="<1@example.org>")
    assert len(jobs.jobs) == 4
    assert await send_email(TWO[::-1], "s", "t", message_id="<1@example.org>")
    assert len(jobs.jobs) == 4
    await jobs.work()
    assert len(outbox) == 4


async def test_what_was_queued_arrives_as_it_was_composed(jobs):
    """The same bytes as those of a message that is sent at once."""
    given = message(
        recipients=["Jürgen <ada@example.org>"],
        subject="Grüße",
        html="<p>ü</p>",
        bcc="hidden@example.org",
        headers={"X-A": "b"},
        envelope_sender="",
        attachments=[AttachmentData("ä.bin", bytes(range(256)))],
    )
    await enqueue_email_job(given)
    await jobs.work()
    assert outbox[0].data == given
    assert outbox[0].envelope_recipients == ("ada@example.org", "hidden@example.org")


async def test_a_job_goes_by_the_mailer_of_its_message(jobs):
    """``using`` is part of the message."""
    with override_settings(EMAIL_BACKEND="console", EMAIL_MAILERS={"bulk": {"BACKEND": "memory"}}):
        await send_email("ada@example.org", "s", "t", using="bulk")
        await jobs.work()
    assert len(outbox) == 1


async def test_a_message_too_large_for_the_queue_is_refused_only_where_it_was_to_be_queued(jobs):
    """With both numbers, and what to do, even silently; whoever did not ask for the queue has it sent now."""
    attachment = AttachmentData("a.bin", b"x" * 200_000)
    with override_settings(EMAIL_BACKEND="memory", EMAIL_MAX_JOB_BYTES=100_000):
        with pytest.raises(MessageTooLarge, match=r"2\d\d,\d\d\d bytes as a job; EMAIL_MAX_JOB_BYTES allows 100,000"):
            await send_email("a@b.org", "s", "t", attachments=[attachment], background=True, fail_silently=True)
        assert not outbox
        assert await send_email("a@b.org", "s", "t", attachments=[attachment], background=False)
        assert await send_email("a@b.org", "s", "t", attachments=[attachment])
    assert len(outbox) == 2
    assert jobs.jobs == []


async def test_a_queue_that_is_there_no_more_is_not_needed(jobs, caplog):
    """Whoever did not ask for one has mail sent; whether it is there is asked once, and late."""
    jobs.is_open = [True, False]
    assert await send_email("ada@example.org", "s", "t", fail_silently=True)
    assert len(jobs.jobs) == 1
    assert await send_email("ada@example.org", "s", "t", fail_silently=True)
    assert len(outbox) == 1
    assert not caplog.records


async def test_a_queue_that_cannot_be_asked_is_a_failed_delivery_only_where_it_was_asked_for(jobs, caplog):
    """Else the mail is sent now, with one warning; with background=True surely nothing was sent."""
    error = ConnectionError("broker down")
    jobs.is_open = [error]
    assert await send_email("ada@example.org", "s", "t")
    assert await send_email("ada@example.org", "s", "t")
    assert len(outbox) == 2
    assert [each.getMessage() for each in caplog.records] == [
        "the job queue failed: ConnectionError: broker down; mail is sent now"
    ]
    with pytest.raises(DeliveryError, match="the job queue failed: ConnectionError: broker down") as caught:
        await send_email("ada@example.org", "s", "t", background=True)
    assert [each.outcome for each in caught.value.result.refused] == ["transient"]
    assert caught.value.__cause__ is error
    assert await send_email("ada@example.org", "s", "t", background=True, fail_silently=True) is False


@pytest.mark.parametrize("using", ["default", "bulk"])
async def test_a_number_that_no_mailer_can_have_is_not_hidden(jobs, using):
    """Of the mailer too: silence hides failed deliveries only."""
    bulk = {"BACKEND": "memory", "TIMEOUT": -1.0}
    settings = {"EMAIL_TIMEOUT": -1.0} if using == "default" else {"EMAIL_MAILERS": {"bulk": bulk}}
    place = "EMAIL_TIMEOUT" if using == "default" else r"EMAIL_MAILERS\['bulk'\]\['TIMEOUT'\]"
    with override_settings(**settings), pytest.raises(ImproperlyConfigured, match=rf"^{place}=-1\.0; expected seconds"):
        await send_email("ada@example.org", "s", "t", using=using, fail_silently=True)
    assert jobs.jobs == []


async def test_a_queue_that_fails_is_a_failed_delivery(jobs, caplog):
    """It may have the message: the error is chained, and silence logs it."""
    jobs.error = ConnectionError("no broker")
    with pytest.raises(DeliveryError, match="the job queue failed: ConnectionError: no broker") as caught:
        await send_email("ada@example.org", "s", "t")
    assert caught.value.__cause__ is jobs.error
    assert len(caught.value.result.ambiguous) == 1
    assert await send_email("ada@example.org", "s", "t", fail_silently=True) is False
    assert "no broker" in caplog.text


async def test_a_queue_that_never_answers_is_not_waited_for(jobs):
    """Within EMAIL_TIMEOUT the caller knows that the queue may have the message."""
    jobs.answers.clear()
    with override_settings(EMAIL_TIMEOUT=0.1), pytest.raises(DeliveryError, match="no answer within") as caught:
        await asyncio.wait_for(send_email("ada@example.org", "s", "t"), 5)
    assert [each.recipient for each in caught.value.result.ambiguous] == ["ada@example.org"]
    assert len(jobs.jobs) == 1


async def test_a_queue_whose_own_task_was_cancelled_may_have_the_message(jobs):
    """Nobody cancelled who waits for it: that is a failed delivery, not the end of the caller."""
    jobs.error = asyncio.CancelledError()
    with pytest.raises(DeliveryError, match="something that the job queue waited for was cancelled") as caught:
        await send_email("ada@example.org", "s", "t")
    assert [each.recipient for each in caught.value.result.ambiguous] == ["ada@example.org"]


async def test_a_caller_that_is_cancelled_while_it_queues_leaves_the_message_in_the_log(jobs, caplog):
    """The queue may have it."""
    jobs.answers.clear()
    sending = asyncio.create_task(send_email(TWO, "s", "t", message_id="<1@example.org>"))
    await asyncio.sleep(0.05)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert [each.getMessage() for each in caplog.records] == [
        "<1@example.org> was interrupted while it was being queued; it may have been, or not, for ada@example.org, "
        "grace@example.org"
    ]


async def test_a_queue_that_gives_up_by_itself_is_taken_at_its_word(jobs):
    """Its own TimeoutError is not ours."""
    jobs.error = TimeoutError("broker")
    with pytest.raises(TimeoutError) as caught:
        await enqueue_email_job(message())
    assert caught.value is jobs.error


async def test_a_worker_does_not_wait_for_a_queue_that_never_answers(jobs, server, caplog):
    """Who may be in it again is named, and the job is not run again: it would send to them twice."""
    server({"RCPT": "450 4.7.1 greylisted"})
    await send_email("ada@example.org", "s", "t", message_id="<1@example.org>")
    jobs.answers.clear()
    with override_settings(EMAIL_TIMEOUT=0.2):
        await asyncio.wait_for(jobs.work(), 5)
    assert jobs.failed == []
    assert len(jobs.jobs) == 1
    assert "is given up, unless the queue has it again: no answer within 0.2 s (EMAIL_TIMEOUT): ada@" in caplog.text


class Watched(dict):
    """A payload that knows which threads read it."""

    def __init__(self, payload):
        super().__init__(payload)
        self.threads = set()

    def __getitem__(self, key):
        self.threads.add(threading.current_thread())
        return super().__getitem__(key)


async def test_a_job_is_read_in_a_thread(jobs):
    """Megabytes of base64 would stop what else is under way."""
    await enqueue_email_job(message(attachments=[AttachmentData("a.bin", b"x" * 1_000_000)]))
    payload = Watched(json.loads(jobs.jobs[0][1]))
    await deliver_email_job(payload)
    assert len(outbox) == 1
    assert len(payload.threads) == 1
    assert threading.current_thread() not in payload.threads


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize(("times", "is_here"), [(1, True), (100_000, False)])
async def test_a_job_of_much_text_is_written_in_a_thread(jobs, monkeypatch, part, times, is_here):
    """As one with attachments is: escaping it takes as long."""
    threads = []
    dumps = json.dumps

    def dumping(value, **options):
        threads.append(threading.current_thread())
        return dumps(value, **options)

    given = message(**{part: "ü" * times})
    with monkeypatch.context() as patch:
        patch.setattr(json, "dumps", dumping)
        await enqueue_email_job(given)
    # The first who writes is the job, which asks how long it is; the queue does here what it does.
    assert any(each is not threading.current_thread() for each in threads) is not is_here


async def test_a_job_delivers_to_a_server(jobs, server):
    """Once, with the Message-ID that the caller knows."""
    smtp = server()
    await send_email(TWO, "s", "t", message_id="<1@example.org>")
    await jobs.work()
    assert [each.recipients for each in smtp.received] == [list(TWO)]
    assert b"Message-ID: <1@example.org>" in smtp.received[0].data
    assert jobs.jobs == []
    assert jobs.failed == []


async def test_only_those_who_were_refused_for_now_go_back_into_the_queue(jobs, server, caplog):
    """With the same Message-ID, an id of their own, and a delay; the others are not sent to again."""
    rows = {
        "RCPT ada@example.org": "250 2.1.5 ok",
        "RCPT grace@example.org": "450 4.7.1 greylisted",
        "RCPT alan@example.org": "550 5.1.1 no such user",
    }
    smtp = server(rows)
    await send_email([*TWO, "alan@example.org"], "s", "t", message_id="<1@example.org>")
    await jobs.work()
    assert [each.recipients for each in smtp.received] == [["ada@example.org"]]
    [(name, payload, queue, delay, id)] = jobs.jobs
    assert (name, queue) == ("openviper.email.deliver", "emails")
    assert re.fullmatch(r"email-[0-9a-f]{32}\.1", id)
    assert timedelta(seconds=40) < delay < timedelta(seconds=80)
    assert json.loads(payload)["message"]["envelope_recipients"] == ["grace@example.org"]
    assert jobs.failed == []
    lost = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert lost == ["<1@example.org>: alan@example.org: permanent (550 5.1.1 no such user)"]
    assert re.search(r"is tried again in \d+ s for 1 recipient: grace@example\.org: transient", caplog.text)


async def test_every_attempt_waits_longer_and_has_an_id_of_its_own(jobs, server):
    """Until the server takes it; then it is there once, with the headers of the first attempt."""
    smtp = server({"RCPT": ["450 4.7.1 greylisted"] * 3})
    await send_email(TWO, "s", "t", message_id="<1@example.org>", sender="news@example.org")
    found = []
    while jobs.jobs:
        found += [(id, delay) for _, _, _, delay, id in jobs.jobs]
        await jobs.work()
    assert [id.partition(".")[2] for id, _ in found] == ["0", "1", "2"]
    assert found[1][1] < found[2][1]
    assert sorted(address for each in smtp.received for address in each.recipients) == sorted(TWO)
    assert all(b"To: ada@example.org, grace@example.org" in each.data for each in smtp.received)


async def test_what_may_have_been_sent_is_reported_and_not_sent_again(jobs, server, caplog):
    """The connection died after the final dot: the worker is not told to run the job once more."""
    from smtp_script import CLOSE

    smtp = server({".": CLOSE})
    await send_email("ada@example.org", "s", "t", message_id="<1@example.org>")
    await jobs.work()
    assert len(smtp.received) == 1
    assert jobs.jobs == []
    assert jobs.failed == []
    assert "<1@example.org>: ada@example.org: ambiguous" in caplog.text


async def test_after_the_deadline_a_message_is_given_up(jobs, server, caplog):
    """Who did not get it is named."""
    server({"RCPT": "450 4.7.1 greylisted"}, EMAIL_QUEUE_DEADLINE=1.0)
    await send_email("ada@example.org", "s", "t", message_id="<1@example.org>")
    await jobs.work()
    assert jobs.jobs == []
    assert "<1@example.org> is given up, after 1 attempt, the last" in caplog.text
    assert "ada@example.org: transient (450 4.7.1 greylisted)" in caplog.text


@pytest.mark.parametrize(("attempts", "is_sent"), [(0, True), (1, False), (3, False)])
async def test_a_deadline_that_is_over_leaves_time_for_the_first_attempt_alone(jobs, caplog, attempts, is_sent):
    """A worker that was down for long sends what it never tried, and gives up what was refused before."""
    await deliver_email_job(Job(message(), attempts, time.time() - 1).payload())
    assert bool(outbox) is is_sent
    times = f"{attempts} attempt" + ("s" if attempts > 1 else "")
    given_up = [
        f"<1@example.org> is given up, after {times}: EMAIL_QUEUE_DEADLINE is over: ada@example.org: transient "
        "(its turn came too late)"
    ]
    assert [each.getMessage() for each in caplog.records] == ([] if is_sent else given_up)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (TimeoutError("broker"), "broker"),
        (asyncio.CancelledError(), "something that the job queue waited for was cancelled"),
    ],
    ids=["timeout", "cancelled"],
)
async def test_a_queue_that_did_not_hear_of_its_broker_may_have_the_job_again(jobs, server, caplog, error, says):
    """A TimeoutError of its own says as much as ours, and so does a task of its own that was cancelled."""
    server({"RCPT": "450 4.7.1 greylisted"})
    await send_email("ada@example.org", "s", "t", message_id="<1@example.org>")
    jobs.error = error
    await jobs.work()
    assert jobs.failed == []
    assert f"<1@example.org> is given up, unless the queue has it again: {says}: ada@example.org" in caplog.text


class EndlessError(Exception):
    """It is its own cause."""

    def __init__(self, text):
        super().__init__(text)
        self.__cause__ = self


def chained(error, *others):
    """Return the first of these errors, each raised while the next one was handled."""
    if not others:
        try:
            raise error
        except Exception as raised:
            return raised
    try:
        raise chained(*others)
    except Exception:
        return chained(error)


SURE = "and it could not be queued again"
UNSURE = "unless the queue has it again"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ConnectionError("no broker"), f"{SURE} (ConnectionError: no broker)"),
        (ConnectionRefusedError("no broker"), f"{SURE} (ConnectionRefusedError: no broker)"),
        (socket.gaierror(-2, "no name"), f"{SURE} (gaierror: [Errno -2] no name)"),
        (chained(RuntimeError("library"), ConnectionRefusedError("no broker")), f"{SURE} (RuntimeError: library)"),
        (ImproperlyConfigured("no queue"), f"{SURE} (ImproperlyConfigured: no queue)"),
        (ConnectionResetError("peer"), f"{UNSURE}: ConnectionResetError: peer"),
        (BrokenPipeError("peer"), f"{UNSURE}: BrokenPipeError: peer"),
        (RuntimeError("a\x1b[31m\nlibrary"), f"{UNSURE}: RuntimeError: a [31m library"),
        (OSError("Multiple exceptions"), f"{UNSURE}: OSError: Multiple exceptions"),
        (
            chained(RuntimeError("library"), ConnectionRefusedError("no broker"), ConnectionResetError("peer")),
            f"{UNSURE}: RuntimeError: library",
        ),
        (
            chained(RuntimeError("library"), ConnectionRefusedError("no broker"), RuntimeError("closed")),
            f"{UNSURE}: RuntimeError: library",
        ),
        (EndlessError("itself"), f"{UNSURE}: EndlessError: itself"),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("others", "may_fail", "taken"), [("250 2.1.5 ok", False, 1), ("550 5.1.1 no", True, 0)], ids=["250", "550"]
)
async def test_a_job_fails_only_where_nobody_can_have_got_it(
    jobs, server, caplog, others, may_fail, taken, error, says
):
    """It could not be queued again: the worker may run it once more, if that sends nothing twice."""
    smtp = server({"RCPT ada@example.org": others, "RCPT grace@example.org": "450 4.7.1 greylisted"})
    await send_email(TWO, "s", "t", message_id="<1@example.org>")
    jobs.error = error
    await jobs.work()
    assert len(jobs.failed) == (2 if may_fail and says.startswith(SURE) else 0)
    assert all(isinstance(each, DeliveryError) for each in jobs.failed)
    assert len(smtp.received) == taken
    assert f"<1@example.org> is given up, {says}: grace@example.org: transient (450 4.7.1 greylisted)" in caplog.text


async def test_a_job_whose_recipients_may_have_it_does_not_fail(jobs, server, caplog):
    """The same for those of whom nobody knows: the connection died after the dot of one, and the rest is for later."""
    from smtp_script import CLOSE

    many = [f"r{number}@example.org" for number in range(101)]
    smtp = server({".": [CLOSE], f"RCPT {many[100]}": "450 4.7.1 greylisted"})
    await send_email(many, "s", "t", message_id="<1@example.org>")
    jobs.error = ConnectionRefusedError("no broker")
    await jobs.work()
    assert jobs.failed == []
    assert [each.recipients for each in smtp.received] == [many[:100]]
    assert "<1@example.org>: r0@example.org: ambiguous" in caplog.text
    assert "<1@example.org> is given up, and it could not be queued again" in caplog.text


@pytest.mark.parametrize(
    ("keeps", "errors"),
    [
        (False, [ConnectionResetError("peer"), ConnectionRefusedError("restarting")]),
        (True, [ConnectionResetError("peer"), ConnectionRefusedError("restarting")]),
        (True, [ConnectionResetError("peer")] * 3),
    ],
    ids=["not kept", "kept", "kept, and never said so"],
)
async def test_a_queue_that_loses_its_answer_has_the_job_once(jobs, server, monkeypatch, keeps, errors):
    """Whether it took the job or not before: it is given the same id again, and no failed job sends beside it."""
    smtp = server({"RCPT": ["450 4.7.1 greylisted"]})
    await send_email("ada@example.org", "s", "t", message_id="<1@example.org>")
    enqueue, left = jobs.enqueue, list(errors)

    async def failing(*args, **kwargs):
        if left:
            if keeps:
                await enqueue(*args, **kwargs)
            raise left.pop(0)
        return await enqueue(*args, **kwargs)

    monkeypatch.setattr(jobs, "enqueue", failing)
    await jobs.work()
    assert jobs.failed == []
    assert len(jobs.jobs) == 1
    await jobs.work()
    assert [each.recipients for each in smtp.received] == [["ada@example.org"]]


async def test_a_job_that_is_interrupted_is_named_in_the_log(jobs, server, caplog):
    """A worker that has to stop says what it left."""
    from smtp_script import SILENCE

    smtp = server({"RCPT": SILENCE})
    await send_email("ada@example.org", "s", "t", message_id="<1@example.org>")
    working = asyncio.create_task(jobs.work())
    await until(lambda: smtp.lines("RCPT"))
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert caplog.text.count("<1@example.org> was interrupted while it was being sent") == 1


async def test_a_job_that_is_interrupted_while_it_is_queued_again_is_named(jobs, server, caplog):
    """Nobody knows whether the queue has those who were refused."""
    server({"RCPT": "450 4.7.1 greylisted"})
    await send_email("ada@example.org", "s", "t", message_id="<1@example.org>")
    jobs.answers.clear()
    working = asyncio.create_task(jobs.work())
    await until(lambda: len(jobs.ids) == 2)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert "<1@example.org> is given up, unless the queue has it again" in caplog.text
    assert "ada@example.org: transient (450 4.7.1 greylisted)" in caplog.text


async def test_a_job_is_interrupted_at_each_await(jobs, server, caplog, monkeypatch):
    """Whoever may have the message, or does not get it, is in the log or in the queue."""
    enqueue, errors, workers = jobs.enqueue, [], []

    async def turn():
        for working, task in workers:
            working.count(task)
        await asyncio.sleep(0)

    async def slow(*args, **kwargs):
        await turn()
        if errors:
            raise errors.pop()
        given = await enqueue(*args, **kwargs)
        await turn()
        return given

    monkeypatch.setattr(jobs, "enqueue", slow)
    for step in itertools.count():
        caplog.clear()
        outcomes = {"RCPT grace@example.org": "450 4.7.1 greylisted", "RCPT alan@example.org": "550 5.1.1 no"}
        smtp = server(outcomes)
        jobs.ids.clear()
        jobs.jobs.clear()
        errors.clear()
        workers.clear()
        await send_email([*TWO, "alan@example.org"], "s", "t", message_id="<1@example.org>")
        [(_, payload, *_)] = jobs.jobs
        jobs.jobs.clear()
        errors[:] = [ConnectionResetError("peer")]
        working = Interrupted(deliver_email_job(json.loads(payload)), step)
        task = asyncio.create_task(working)
        workers.append((working, task))
        await asyncio.wait({task})
        await close_mailers()
        if not working.was_cancelled:
            break
        assert task.cancelled()
        lines = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
        if any(line.startswith("<1@example.org> was interrupted while it was being sent") for line in lines):
            assert jobs.jobs == []
        elif smtp.accepted:
            assert [line for line in lines if "grace@example.org: transient" in line and "unless the queue" in line]
            assert [line for line in lines if "alan@example.org: permanent" in line]
    assert task.exception() is None
    assert len(smtp.accepted) == len(jobs.jobs) == 1
    assert step >= 6


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"message": {}, "attempts": 0, "deadline": 1},
        {"message": "text", "attempts": 0, "deadline": 1},
        {"message": {"recipients": ["a@example.org\nBcc: x@y.org"]}, "attempts": 0, "deadline": 1},
        {"message": {}, "attempts": "many", "deadline": 1},
        {"message": {}, "attempts": 0, "deadline": None},
        {"message": {}, "attempts": float("inf"), "deadline": 1},
        [],
        None,
    ],
)
async def test_a_payload_of_somebody_else_is_refused(payload):
    """Whatever lies in the queue, nothing is sent that was not composed."""
    with pytest.raises(InvalidMessage):
        await deliver_email_job(payload)


def test_the_consumer_is_installed():
    """A worker finds it by the name of the job."""
    get_job_consumer.cache_clear()
    assert get_job_consumer("openviper.email.deliver") is deliver_email_job


def test_pauses_grow_to_an_hour_and_differ():
    """A quarter more or less, so that what failed together does not come back together."""
    for attempts, usual in [(0, 60), (1, 60), (2, 120), (3, 240), (6, 1_920), (7, 3_600), (10**9, 3_600)]:
        found = {backoff(attempts) for _ in range(200)}
        assert all(0.75 * usual <= each <= 1.25 * usual for each in found)
        assert len(found) > 1
