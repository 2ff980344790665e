"""What an observer of a conversation is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from smtp_script import CLOSE, RESET

from openviper.conf import Secret
from openviper.core.email import EmailMessageData
from openviper.core.email.backends.smtp import SMTPBackend, SMTPOptions

DATA = EmailMessageData(
    recipients=("ada@example.org", "bob@example.org"), subject="Steps", text="One.", sender="news@example.org"
)


async def steps_of(server, data=DATA, **options):
    """Send a message; return the steps and the result."""
    steps = []
    given = {"host": "localhost", "port": server.port, "timeout": 5.0, "observe": steps.append} | options
    backend = SMTPBackend(SMTPOptions(**given))
    try:
        result = await backend.send(data)
    finally:
        await backend.close()
    return steps, result


def told(steps):
    return [(step.name, step.reply.code if step.reply else None) for step in steps]


async def test_each_command_is_a_step_with_its_answer(smtp_script):
    """In the order in which they were said, from the greeting to QUIT."""
    steps, result = await steps_of(smtp_script({"RCPT": ["250 2.1.5 ok", "550 5.1.1 no"]}))
    assert told(steps) == [
        ("connecting", 220),
        ("EHLO", 250),
        ("MAIL news@example.org", 250),
        ("RCPT ada@example.org", 250),
        ("RCPT bob@example.org", 550),
        ("DATA", 354),
        ("message", 250),
        ("QUIT", 221),
    ]
    assert all(step.seconds >= 0 for step in steps)
    assert [each.recipient for each in result.refused] == ["bob@example.org"]


async def test_commands_are_sent_one_at_a_time(smtp_script):
    """So that each has its own time, though the server takes them together."""
    server = smtp_script({})
    await steps_of(server)
    assert [len(group) for group in server.groups] == [1] * len(server.groups)
    assert len(server.accepted) == 1


async def test_a_large_message_is_one_step(smtp_script):
    """However many pieces it is written in."""
    server = smtp_script({})
    steps, result = await steps_of(server, replace(DATA, text="A line of text.\n" * 60_000))
    assert result.ok
    assert told(steps)[-2:] == [("message", 250), ("QUIT", 221)]


async def test_tls_and_the_login_are_steps(smtp_script, authority):
    """With version, cipher and certificate, and the mechanism; the secret is in none of them."""
    server = smtp_script({}, tls=authority.context("localhost"), extensions=("AUTH LOGIN PLAIN",))
    options = {"starttls": True, "cafile": authority.cafile, "user": "news", "password": Secret("hunter2")}
    steps, result = await steps_of(server, **options)
    assert result.ok
    assert [step.name for step in steps][:5] == ["connecting", "EHLO", "STARTTLS", "EHLO", "AUTH PLAIN"]
    encryption = steps[2].encryption
    assert encryption.version.startswith("TLSv1.")
    assert encryption.cipher
    assert encryption.names == ("localhost",)
    assert "trustme" in encryption.issuer
    assert encryption.expires.year >= 2026
    assert [step.encryption for step in steps if step.name != "STARTTLS"] == [None] * (len(steps) - 1)
    assert "hunter2" not in repr(steps)


async def test_tls_from_the_first_byte_belongs_to_the_first_step(smtp_script, authority):
    """And so does the server's address."""
    server = smtp_script({}, tls=authority.context("localhost"), implicit_tls=True)
    steps, result = await steps_of(server, implicit_tls=True, cafile=authority.cafile)
    assert result.ok
    assert steps[0].encryption.names == ("localhost",)
    assert steps[0].peer == f"127.0.0.1 port {server.port}"


@pytest.mark.parametrize(
    ("script", "name", "code"),
    [
        ({"CONNECT": "554 5.7.1 go away"}, "connecting", 554),
        ({"CONNECT": CLOSE}, "connecting", None),
        ({"EHLO": "451 4.3.2 not now"}, "EHLO", 451),
        ({"EHLO": CLOSE}, "EHLO", None),
    ],
)
async def test_a_connection_that_fails_is_a_step_with_the_error(smtp_script, script, name, code):
    """At the step at which it failed, and nothing follows."""
    steps, result = await steps_of(smtp_script(script))
    assert [step.name for step in steps][-1] == name
    assert steps[-1].reply is None
    assert steps[-1].error.code == code
    assert not result.accepted


@pytest.mark.parametrize("end", [CLOSE, RESET], ids=["CLOSE", "RESET"])
@pytest.mark.parametrize(
    ("at", "name", "outcome"),
    [("DATA", "DATA", "transient"), (".", "message", "ambiguous")],
)
async def test_a_command_without_an_answer_is_a_step_with_the_error(smtp_script, at, name, outcome, end):
    """Whoever looks on sees where the connection ended."""
    steps, result = await steps_of(smtp_script({at: end}))
    failed = [step for step in steps if step.error is not None]
    assert [step.name for step in failed] == [name]
    assert "closed the connection" in str(failed[0].error)
    assert {each.outcome for each in result.refused} == {outcome}


async def test_a_greeting_of_any_bytes_is_a_reply(smtp_script):
    """What is no UTF-8 is seen as such, and breaks nothing."""
    steps, result = await steps_of(smtp_script({"CONNECT": b"220-\xff\xfe\x1b[31m\r\n220 two\r\n"}))
    assert result.ok
    assert steps[0].reply.text.isprintable()
    assert steps[0].reply.text.endswith("two")


async def test_a_server_without_ehlo_is_told_of(smtp_script):
    """The step has the answer to HELO."""
    steps, result = await steps_of(smtp_script({"EHLO": "502 5.5.1 what?"}))
    assert result.ok
    assert told(steps)[1] == ("EHLO", 250)
