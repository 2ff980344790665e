"""Mail that is kept in the process."""

from __future__ import annotations

import asyncio
import email
import email.policy
from datetime import UTC, datetime, timedelta

import pytest
from mail_reading import heads

from openviper.conf import override_settings
from openviper.core.email import AttachmentData, EmailMessageData, send_messages
from openviper.core.email._sending.captured import Captured, CapturedMail
from openviper.core.email.backends import MemoryBackend, memory
from openviper.core.email.backends.memory import Outbox, outbox

pytestmark = pytest.mark.usefixtures("memory")


def message(number):
    return EmailMessageData(recipients=f"user{number}@example.org", subject=f"Number {number}", text="x", bcc="b@x.org")


async def test_messages_are_kept_as_a_server_would_have_got_them():
    """With their envelope, when they came, and what they were made of."""
    await send_messages([message(1), message(2)])
    first, second = outbox
    parsed = email.message_from_bytes(first.raw, policy=email.policy.default)
    assert parsed["Subject"] == "Number 1"
    assert parsed["Bcc"] is None
    assert first.envelope_recipients == ("user1@example.org", "b@x.org")
    assert first.envelope_sender == "webmaster@localhost"
    assert first.data.subject == "Number 1"
    assert datetime.now(UTC) - first.received < timedelta(minutes=1)
    assert first.id != second.id


async def test_the_store_is_read_newest_first():
    """As the inbox page shows it; one message by its id."""
    store: CapturedMail = outbox
    await send_messages([message(number) for number in range(3)])
    assert [each.data.subject for each in store.list()] == ["Number 2", "Number 1", "Number 0"]
    assert [each.data.subject for each in store.list(2)] == ["Number 2", "Number 1"]
    assert store.get(outbox[1].id) is outbox[1]
    assert store.get("../nothing") is None
    store.clear()
    assert store.list() == ()
    assert len(outbox) == 0


async def test_only_so_many_messages_are_kept():
    """The oldest go first, by EMAIL_MEMORY_LIMIT."""
    with override_settings(EMAIL_MEMORY_LIMIT=3):
        await send_messages([message(number) for number in range(10)])
    assert [each.data.subject for each in outbox[:]] == ["Number 7", "Number 8", "Number 9"]


def test_large_messages_push_others_out(monkeypatch):
    """Their bytes are bounded too; the newest is always there."""
    monkeypatch.setattr(memory, "_MAX_BYTES", 100)
    kept = Outbox()
    for number, size in enumerate([40, 40, 40, 200, 10, 10]):
        kept.append(Captured(str(number), datetime.now(UTC), b"x" * size, "", ()), limit=10)
        assert kept[-1].id == str(number)
    assert [each.id for each in kept] == ["4", "5"]


def test_attachments_count_as_often_as_they_are_kept(monkeypatch):
    """As they were sent, and as they were given; a message alone may be of any size."""
    monkeypatch.setattr(memory, "_MAX_BYTES", 1_000_000)
    kept = Outbox()
    for number in range(3):
        attached = EmailMessageData(
            recipients="a@b.org", subject="s", text="t", attachments=[AttachmentData("a.bin", b"x" * 300_000)]
        )
        kept.append(Captured(str(number), datetime.now(UTC), b"x" * 300_000, "", (), attached), limit=10)
    assert [each.id for each in kept] == ["2"]
    kept.append(Captured("3", datetime.now(UTC), b"x" * 300_000, "", ()), limit=10)
    assert [each.id for each in kept] == ["2", "3"]


async def test_it_can_be_used_from_several_threads():
    """A page is served from one, mail sent from another."""

    def read():
        for _ in range(200):
            outbox.list()
            list(outbox)

    reading = asyncio.create_task(asyncio.to_thread(read))
    with override_settings(EMAIL_MEMORY_LIMIT=5):
        await send_messages([message(number) for number in range(200)])
    await reading
    assert len(outbox) == 5


async def test_what_it_was_is_seen_without_the_messages():
    """A failed assertion does not print megabytes."""
    assert await MemoryBackend().send(message(1)) is None
    assert repr(outbox) == "<Outbox: 1 messages>"


async def test_a_list_has_the_headers_alone():
    """As that of files has."""
    await send_messages([EmailMessageData(recipients="ada@example.org", subject="s", text="x" * 10_000)])
    [head], [whole] = heads(outbox), outbox.list()
    assert outbox.kept() == ((whole.received, whole.id),)
    assert outbox.head("nothing") is None
    assert whole.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" == head.header
    assert (head.id, head.size, head.envelope_recipients) == (whole.id, len(whole.raw), ("ada@example.org",))


async def test_some_messages_are_removed():
    """The others stay in their order, and what they take of the memory is counted anew."""
    await send_messages([message(number) for number in range(3)])
    store: CapturedMail = outbox
    store.remove([outbox[1].id, "nothing"])
    assert [each.data.subject for each in outbox] == ["Number 0", "Number 2"]
    large = bytes(100 * 2**20)
    for id in "abc":
        outbox.append(Captured(id, datetime.now(UTC), large, "", ()), limit=10)
        store.remove("b")
    assert [each.id for each in outbox][2:] == ["a", "c"]


async def test_a_mailbox_is_looked_through_once():
    """However many messages it has, and whatever is sent or forgotten meanwhile."""
    await send_messages([message(number) for number in range(3)])
    outbox.append(Captured("1", datetime.now(UTC), b"", "", ()), limit=10)
    mailbox, seen = memory.Mailbox(), []
    for each in mailbox:
        seen.append(each.subject)
        mailbox.clear()
    assert seen == ["Number 0", "Number 1", "Number 2"]
    await send_messages([message(number) for number in range(3)])
    assert [each.subject for each in reversed(mailbox)] == ["Number 2", "Number 1", "Number 0"]
    assert [each.id for each in reversed(outbox)] == [each.id for each in outbox.list()]
    assert mailbox[-1] in mailbox
    assert message(7) not in mailbox
    assert mailbox.index(mailbox[1]) == 1


async def test_the_length_of_a_mailbox_is_that_of_what_it_gives():
    """What another program's message was made of, nobody knows."""
    outbox.append(Captured("1", datetime.now(UTC), b"", "", ()), limit=10)
    await send_messages([message(1)])
    assert len(memory.Mailbox()) == 1
    assert len(list(memory.Mailbox())) == 1
