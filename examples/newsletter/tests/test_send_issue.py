"""Sending an issue to everybody: in this process, and as the command it is, to a real mail server."""

from __future__ import annotations

import asyncio
import email
import os
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from newsletter.database import get_database
from newsletter.issues import mailing
from newsletter.issues.deliveries import begin_delivery, due_subscribers
from newsletter.issues.mailing import Mailing
from newsletter.issues.storage import find_issue
from newsletter.subscribers.addresses import read_address
from newsletter.subscribers.storage import add_subscriber, remove_subscriber
from openviper.conf import override_settings
from openviper.core.email import close_mailers, compose_email
from openviper.core.signing import key_text

HERE = Path(__file__).resolve().parents[1]
# Against a test that never ends; nothing takes as long.
DEADLINE = 60


class Postmaster:
    """Decides over each recipient, and keeps what was accepted; a handler of aiosmtpd."""

    def __init__(self):
        self.refused, self.fatal, self.slow = {}, set(), asyncio.Event()
        self.slow.set()
        self.messages, self.begun = [], asyncio.Event()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's
        self.begun.set()
        await self.slow.wait()
        if self.fatal.intersection(envelope.rcpt_tos):
            # Who sent it cannot know whether it has arrived.
            server.transport.abort()
            return "421 4.3.2 gone"
        self.messages.append((tuple(envelope.rcpt_tos), email.message_from_bytes(envelope.content)))
        return "250 2.0.0 ok"

    @property
    def recipients(self):
        return Counter(address for recipients, _ in self.messages for address in recipients)


@asynccontextmanager
async def served(postmaster):
    """Serve it; the port."""
    loop = asyncio.get_running_loop()
    connections = []

    def connected():
        connections.append(SMTP(postmaster, hostname="mail.example.org", enable_SMTPUTF8=True))
        return connections[-1]

    server = await loop.create_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
        await close_mailers(0)
    finally:
        server.close()
        for each in connections:
            if each.transport is not None:
                each.transport.abort()
        await asyncio.sleep(0)


@pytest.fixture
async def postmaster(site):
    """A mail server that the project's settings name."""
    postmaster = Postmaster()
    async with served(postmaster) as port:
        with override_settings(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port):
            postmaster.port = port
            yield postmaster


@pytest.fixture
def command(project, database_path, postmaster):
    """Start the command; the process."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("OPENVIPER_")}
    variables = {
        "OPENVIPER_SECRET_KEY": key_text(project.SECRET_KEY),
        "OPENVIPER_NEWSLETTER_DATABASE": str(database_path),
        "OPENVIPER_NEWSLETTER_URL": "https://newsletter.example",
        "OPENVIPER_EMAIL_HOST": "127.0.0.1",
        "OPENVIPER_EMAIL_PORT": str(postmaster.port),
    }

    async def start(*arguments, **more):
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "newsletter.issues.send", *arguments),
            cwd=HERE,
            env={**others, **variables, **more},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    return start


async def ended(process):
    """Wait for a process; its exit code, and what it printed."""
    async with asyncio.timeout(DEADLINE):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def subscribers(*names):
    return [await add_subscriber(read_address(f"{name}@example.org")) for name in names]


async def send(number=6, **options):
    """Send an issue in this process; what became of each."""
    results = [each async for each in Mailing(await find_issue(number), **options).results()]
    return Counter(each.outcome for each in results)


async def outcomes():
    rows = await get_database().read("SELECT outcome, count(*) AS n FROM deliveries GROUP BY outcome")
    return {row["outcome"]: row["n"] for row in rows}


async def test_everybody_gets_the_issue_once(site, mailbox):
    """In a message of their own, with a link of their own; sent again, it is sent to those who came since."""
    await subscribers(*(f"reader{number}" for number in range(250)))
    assert await send() == {"accepted": 250}
    assert len({message.recipients for message in mailbox}) == len(mailbox) == 250
    assert len({dict(message.headers)["List-Unsubscribe"] for message in mailbox}) == 250
    assert await send() == {}
    await subscribers("late")
    assert await send() == {"accepted": 1}
    assert mailbox[-1].recipients == ("late@example.org",)
    assert await send(5) == {"accepted": 251}


async def test_the_mail_is_the_issue(site, mailbox):
    """Its title is the subject, its paragraphs stand in both parts, and are never markup."""

    def work(connection):
        connection.execute(
            "UPDATE issues SET title = '*A* <b>', body = '<script>\nx</script>\n\n# [a](b) {{c}}' WHERE number = 2"
        )

    await get_database().write(work)
    await subscribers("ada")
    await send(2)
    (message,) = mailbox
    assert message.subject == "*A* <b>"
    assert "# *A* <b>\n" in message.text
    assert "\n<script> x</script>\n\n# [a](b) {{c}}\n" in message.text
    assert "<h1>*A* &lt;b&gt;</h1>" in message.html
    assert "<p>&lt;script&gt; x&lt;/script&gt;</p>" in message.html
    assert "# [a](b) {{c}}" in message.html
    assert "https://newsletter.example/issues/2" in message.text


async def test_who_has_left_gets_nothing(site, mailbox):
    """Neither who left before, nor who leaves between being read from the database and their turn."""
    ada, bob, eve = await subscribers("ada", "bob", "eve")
    await remove_subscriber(ada.id)
    due = await due_subscribers(6, after=-1, limit=9)
    assert {each.address for each in due} == {"bob@example.org", "eve@example.org"}
    await remove_subscriber(bob.id)
    message = await compose_email("bob@example.org", "Late", "Late")
    assert [await begin_delivery(6, each, message.message_id) for each in due] == [each.id == eve.id for each in due]


async def test_of_two_processes_one_sends(site):
    """Also where both want to try the ambiguous ones again: the first takes each, and the other is told so."""
    await subscribers("ada")
    message = await compose_email("ada@example.org", "Twice", "Twice")
    for retry in ((), ("ambiguous",)):
        (due,) = await due_subscribers(6, after=-1, limit=9, retry=retry)
        assert [await begin_delivery(6, due, message.message_id) for _ in range(2)] == [True, False]


async def test_an_address_that_cannot_be_one_stops_nobody(site, mailbox):
    """Somebody wrote it into the database by hand; it is written down and reported, once."""
    ada, _ = await subscribers("ada", "bob")

    def work(connection):
        connection.execute("UPDATE subscribers SET address = 'ada@example.org\r\nBcc: x@y.z' WHERE address LIKE 'ada%'")

    await get_database().write(work)
    assert await send() == {"accepted": 1, "permanent": 1}
    assert await outcomes() == {"accepted": 1, "permanent": 1}
    assert await send() == {}
    assert await send(retry=["permanent"]) == {"permanent": 1}
    assert len(mailbox) == 1

    def mend(connection):
        connection.execute("UPDATE subscribers SET address = 'ada@example.org' WHERE id = ?", (ada.id,))

    await get_database().write(mend)
    assert await send(retry=["permanent"]) == {"accepted": 1}
    (row,) = await get_database().read("SELECT message_id FROM deliveries WHERE subscriber = ?", (ada.id,))
    assert row["message_id"] == mailbox[-1].message_id


async def test_a_refusal_is_no_delivery(postmaster):
    """Who was refused for now is tried again by the next run, who was for good where somebody says so; by one id."""
    await subscribers("ada", "bob", "eve")
    postmaster.refused = {"bob@example.org": "550 5.1.1 no such user", "eve@example.org": "452 4.2.2 full"}
    assert await send() == {"accepted": 1, "permanent": 1, "transient": 1}
    assert await outcomes() == {"accepted": 1, "permanent": 1, "transient": 1}
    rows = await get_database().read("SELECT message_id FROM deliveries WHERE outcome != 'accepted'")
    postmaster.refused = {}
    assert await send() == {"accepted": 1}
    assert await outcomes() == {"accepted": 2, "permanent": 1}
    assert await send(retry=["permanent"]) == {"accepted": 1}
    assert postmaster.recipients == dict.fromkeys(("ada@example.org", "bob@example.org", "eve@example.org"), 1)
    again = {message["Message-ID"] for _, message in postmaster.messages[1:]}
    assert again == {row["message_id"] for row in rows}


async def test_a_server_that_serves_nobody_refuses_no_recipient(postmaster):
    """With settings that were wrong everybody is refused, and tried again by the next run."""
    await subscribers("ada", "bob")
    with override_settings(EMAIL_HOST_USER="letters", EMAIL_HOST_PASSWORD="of another server"):
        assert await send() == {"permanent": 2}
    assert await outcomes() == {"transient": 2}
    assert await send() == {"accepted": 2}


async def test_who_may_have_it_gets_it_again_only_where_somebody_says_so(postmaster):
    """The server took all of the message, and was gone before it had said what became of it."""
    await subscribers("ada", "bob")
    postmaster.fatal = {"bob@example.org"}
    assert await send() == {"accepted": 1, "ambiguous": 1}
    postmaster.fatal = set()
    assert await send() == {}
    assert await send(retry=["ambiguous"]) == {"accepted": 1}
    assert await outcomes() == {"accepted": 2}
    assert set(postmaster.recipients.values()) == {1}


async def test_a_server_that_refuses_everybody_is_left_alone(postmaster, monkeypatch):
    """After some in a row; nobody of the others is tried, or counted as tried."""
    monkeypatch.setattr(mailing, "MOST_IN_A_ROW", 5)
    names = [f"reader{number}" for number in range(200)]
    await subscribers(*names)
    postmaster.refused = dict.fromkeys((f"{name}@example.org" for name in names), "554 5.7.1 no")
    refused = await send()
    assert 5 <= refused["permanent"] < 100
    assert await outcomes() == {"permanent": refused["permanent"]}


async def test_the_command_says_who_was_refused(postmaster, command):
    """A line for each, a summary, exit code 1; exit code 0 once nobody is."""
    await subscribers("ada", "bob", "eve")
    postmaster.refused = {"bob@example.org": "550 5.1.1 no such user"}
    postmaster.fatal = {"eve@example.org"}
    code, out, err = await ended(await command("6"))
    lines = out.splitlines()
    assert code == 1
    assert "bob@example.org: permanent (550 5.1.1 no such user)" in lines
    assert [line for line in lines if line.startswith("eve@example.org: ambiguous (")]
    assert lines[2:] == ["Issue 6, Stopping well: 1 sent, 2 refused."]
    assert err == ""
    postmaster.refused, postmaster.fatal = {}, set()
    answer = await ended(await command("6"))
    may = "1 may have it (--retry-ambiguous sends it to them again)"
    good = "1 refused for good before (--retry-permanent tries them again)"
    assert answer == (0, f"Issue 6, Stopping well: 0 sent, 0 refused, 1 had it, {may}, {good}.\n", "")
    answer = await ended(await command("6", "--retry-ambiguous"))
    assert answer == (0, f"Issue 6, Stopping well: 1 sent, 0 refused, 1 had it, {good}.\n", "")
    answer = await ended(await command("6", "--retry-permanent"))
    assert answer == (0, "Issue 6, Stopping well: 1 sent, 0 refused, 2 had it.\n", "")
    assert set(postmaster.recipients.values()) == {1}
    for recipients, message in postmaster.messages:
        assert message["To"] == recipients[0]
        assert message["From"] == "The Long Loop <letters@newsletter.example>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        # Out-of-office programs do not answer it.
        assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_being_told_to_stop_finishes_what_is_under_way(postmaster, command, number):
    """Nothing is lost and nothing ambiguous; the next run sends the rest, and nobody gets two."""
    names = [f"reader{number}" for number in range(40)]
    await subscribers(*names)
    postmaster.slow.clear()
    process = await command("6")
    await asyncio.wait_for(postmaster.begun.wait(), DEADLINE)
    process.send_signal(number)
    # The signal is there before the server goes on.
    await asyncio.sleep(0.3)
    postmaster.slow.set()
    code, out, err = await ended(process)
    sent = len(postmaster.messages)
    assert (code, err) == (1, "Stopped. Run it again to send the rest.\n")
    assert out == f"Issue 6, Stopping well: {sent} sent, 0 refused.\n"
    assert 0 < sent < 40
    assert await outcomes() == {"accepted": sent}
    assert (await ended(await command("6")))[0] == 0
    assert postmaster.recipients == dict.fromkeys((f"{name}@example.org" for name in names), 1)


async def test_a_process_that_is_killed_sends_nothing_twice(postmaster, command):
    """What it had begun may have arrived, and is left to whoever runs it."""
    names = [f"reader{number}" for number in range(40)]
    await subscribers(*names)
    postmaster.slow.clear()
    process = await command("6")
    await asyncio.wait_for(postmaster.begun.wait(), DEADLINE)
    process.kill()
    await ended(process)
    begun = (await outcomes())["ambiguous"]
    postmaster.slow.set()
    code, out, _ = await ended(await command("6"))
    assert code == 0
    assert f"{40 - begun} sent, 0 refused, {begun} may have it" in out
    assert max(postmaster.recipients.values()) == 1


@pytest.mark.parametrize(
    ("arguments", "variables", "code", "said"),
    [
        (("999",), {}, 1, "send: there is no issue 999\n"),
        (("9" * 40,), {}, 1, "send: there is no issue " + "9" * 40 + "\n"),
        (("six",), {}, 2, "argument number: invalid int value: 'six'\n"),
        ((), {}, 2, "the following arguments are required: number\n"),
        (("6",), {"OPENVIPER_SECRET_KEY": ""}, 1, "SECRET_KEY"),
        (("6",), {"OPENVIPER_EMAIL_BACKEND": "pigeon"}, 1, "EMAIL_BACKEND='pigeon'"),
        (("6",), {"OPENVIPER_NEWSLETTER_DATABASE": "/proc/none/x.sqlite3"}, 1, "/proc/none/x.sqlite3"),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(postmaster, command, arguments, variables, code, said):
    """Without a traceback, and nothing is sent."""
    await subscribers("ada")
    answer = await ended(await command(*arguments, **variables))
    assert answer[0] == code
    assert said in answer[2]
    assert "Traceback" not in answer[2]
    assert not postmaster.messages
