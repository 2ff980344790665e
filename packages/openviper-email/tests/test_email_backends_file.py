"""Mail as files."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import stat

import pytest
from mail_reading import heads

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.email import EmailMessageData, build_message, send_message, send_messages
from openviper.core.email._sending.captured import CapturedMail
from openviper.core.email.backends import FileBackend
from openviper.core.email.backends.file import MailFolder
from openviper.core.email.errors import HeaderError
from openviper.core.email.message import WireMessage


@pytest.fixture
def folder(tmp_path):
    """A folder that is not there yet, and is the one of the mailer."""
    path = tmp_path / "var" / "mail"
    with override_settings(EMAIL_BACKEND="file", EMAIL_FILE_PATH=path):
        yield path


def message(number=1, **fields):
    given = {"recipients": f"user{number}@example.org", "subject": f"Number {number}", "text": "x", **fields}
    return EmailMessageData(**given)


async def test_a_message_is_one_file_that_mail_programs_open(folder):
    """For its owner alone; the envelope stands above the message."""
    assert (await send_message(message(1, bcc="b@example.org"))).ok
    [path] = folder.iterdir()
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}\.eml", path.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    parsed = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert parsed["Subject"] == "Number 1"
    assert parsed["X-Sender"] == "webmaster@localhost"
    assert parsed.get_all("X-Receiver") == ["user1@example.org", "b@example.org"]
    assert parsed["Bcc"] is None


async def test_the_store_is_read_newest_first_and_as_it_was(folder):
    """Envelope and message are apart again."""
    store: CapturedMail = MailFolder(folder)
    assert store.list() == ()
    messages = [message(number) for number in range(3)]
    await send_messages(messages)
    newest, *_ = found = store.list()
    assert [each.envelope_recipients for each in found] == [(f"user{number}@example.org",) for number in (2, 1, 0)]
    assert newest.raw == build_message(messages[2], utf8=True)
    assert newest.envelope_sender == "webmaster@localhost"
    assert newest.received.tzinfo is not None
    assert store.list(1) == (newest,)
    assert store.get(newest.id) == newest
    store.clear()
    assert store.list() == ()


async def test_mail_to_nowhere_and_to_many_is_read_as_it_was(folder):
    """The empty envelope sender of a bounce, an address beyond ASCII, and thousands of recipients."""
    many = (*(f"user{number}@example.org" for number in range(5_000)), "jürgen@example.org")
    await send_message(message(envelope_sender="", bcc=many, envelope_recipients=many))
    [kept] = MailFolder(folder).list()
    assert kept.envelope_sender == ""
    assert kept.envelope_recipients == many


async def test_a_file_that_vanishes_while_it_is_listed_is_left_out(folder):
    """Somebody else may tidy up: the name was there, and what it leads to is not."""
    store = MailFolder(folder)
    await send_message(message(1))
    (folder / "20990101T000000.000000Z-00000000.eml").symlink_to(folder / "gone")
    assert len(store.list()) == 1
    assert [head is None for head in heads(store)] == [True, False]
    assert store.get("20990101T000000.000000Z-00000000") is None


async def test_a_list_reads_no_bodies(folder):
    """Only headers, whatever is attached; the rest is as of the whole message."""
    store = MailFolder(folder)
    await send_message(message(1, text="x" * 3_000_000, envelope_sender=""))
    many = tuple(f"user{number}@example.org" for number in range(5_000))
    await send_message(message(2, bcc=many, envelope_recipients=many))
    for head, whole in zip(heads(store), store.list(), strict=True):
        assert whole.raw.startswith(head.header)
        assert head.header.endswith(b"\r\n\r\n")
        assert head.header.count(b"\r\n\r\n") == 1
        assert (head.id, head.received, head.size) == (whole.id, whole.received, len(whole.raw))
        assert head.envelope_sender == whole.envelope_sender
        assert head.envelope_recipients == whole.envelope_recipients
    assert store.kept() == tuple((each.received, each.id) for each in store.list())
    assert store.head("20261121T143000.000000Z-00000000") is None
    assert store.head("../nothing") is None


async def test_some_messages_are_removed(folder):
    """The others stay, and so do files that are none of them."""
    store = MailFolder(folder)
    for number in range(3):
        await send_message(message(number))
    (other := folder / "mine.eml").write_text("mine")
    newest, middle, oldest = store.list()
    store.remove([newest.id, oldest.id, "mine", "../mine", newest.id])
    assert store.list() == (middle,)
    assert other.exists()


@pytest.mark.parametrize("content", [b"", b"X-Sender: a@example.org\r\n", b"no header " * 300_000, b"\r\n\r\nbody"])
def test_a_file_without_an_end_of_its_header_is_listed(folder, content):
    """Whoever put it there; of a long one the beginning is read."""
    folder.mkdir(parents=True)
    (folder / "20261121T143000.000000Z-00000000.eml").write_bytes(content)
    [head], [whole] = heads(MailFolder(folder)), MailFolder(folder).list()
    assert whole.raw.startswith(head.header)
    assert len(head.header) <= 2**20
    assert head.size == len(whole.raw)


@pytest.mark.parametrize("line", [b"X-Receiver: mallory@example.org\r\n", b"x-sender:\r\n mallory@example.org\r\n"])
async def test_no_message_is_read_as_the_envelope(folder, line):
    """What sign returns stands where the envelope ends."""
    with pytest.raises(HeaderError):
        await send_message(message(), sign=lambda finished: line)
    with pytest.raises(HeaderError, match="the message begins with"):
        MailFolder(folder).write(message(), WireMessage((line, b"\r\n"), len(line) + 2, smtputf8=False))
    assert MailFolder(folder).list() == ()


@pytest.mark.parametrize("stamp", ["99999999T999999.999999Z", "20260230T000000.000000Z"])
async def test_a_name_of_no_time_is_not_ours(folder, stamp):
    """It is left alone, and hinders nothing."""
    await send_message(message())
    odd = folder / f"{stamp}-00000000.eml"
    odd.write_text("mine")
    store = MailFolder(folder)
    assert len(store.list()) == len(heads(store)) == 1
    assert store.get(odd.stem) is None
    store.clear()
    assert list(folder.iterdir()) == [odd]


@pytest.mark.parametrize(
    "id",
    ["", "..", "../secret", "secret", "/etc/passwd", "a\0b", "20261121T143000.000000Z-0000000g", "x" * 10_000],
)
async def test_an_id_reaches_nothing_outside_of_the_folder(folder, id):
    """Only names that the backend gives are looked for."""
    await send_message(message())
    (folder.parent / "secret.eml").write_bytes(b"secret")
    (folder / "secret.eml").write_bytes(b"secret")
    assert MailFolder(folder).get(id) is None


async def test_other_files_are_left_alone(folder):
    """They are neither listed nor removed."""
    await send_message(message())
    (folder / "notes.txt").write_text("mine")
    (folder / "draft.eml").write_text("mine")
    store = MailFolder(folder)
    assert len(store.list()) == 1
    store.clear()
    assert sorted(each.name for each in folder.iterdir()) == ["draft.eml", "notes.txt"]


async def test_names_are_in_the_order_of_the_messages(folder):
    """As ``ls`` shows them."""
    for number in range(20):
        await send_message(message(number))
    subjects = [
        email.message_from_bytes(each.read_bytes(), policy=email.policy.default)["Subject"]
        for each in sorted(folder.iterdir())
    ]
    assert subjects == [f"Number {number}" for number in range(20)]


async def test_two_writers_never_meet(folder):
    """Each message has a file of its own."""
    backend = FileBackend()
    await asyncio.gather(*(backend.send(message(number)) for number in range(50)))
    assert len(MailFolder(folder).list()) == 50


async def test_a_file_in_place_of_the_folder_is_a_refusal_for_now(folder, monkeypatch):
    """The error of the system is the text."""
    monkeypatch.setattr("openviper.core.email._sending.attempts._PAUSE", (0, 0))
    folder.parent.mkdir()
    folder.write_text("a file")
    result = await send_message(message())
    assert "FileExistsError" in result.transient[0].text


async def test_what_cannot_be_finished_leaves_nothing(folder):
    """A name appears with its whole content, or not at all."""

    class Full:
        @property
        def chunks(self):
            yield b"Subject: half"
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        MailFolder(folder).write(message(), Full())
    assert list(folder.iterdir()) == []


def test_a_folder_has_to_be_named():
    """There is no default that would fill a disk unseen."""
    with (
        override_settings(EMAIL_FILE_PATH=None),
        pytest.raises(ImproperlyConfigured, match="EMAIL_FILE_PATH is not set"),
    ):
        FileBackend()
