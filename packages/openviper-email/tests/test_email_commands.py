"""``viperctl send-test-email``, against real servers."""

from __future__ import annotations

import re

import pytest
from command_runs import SECRET, hints, run, steps


def test_every_step_is_told_with_its_time_and_answer(smtp_script):
    """And the exit code is 0 when everybody was accepted."""
    server = smtp_script({}, extensions=("PIPELINING", "SIZE 10240000", "8BITMIME"))
    result = run("ada@example.org", EMAIL_PORT=server.port)
    assert result.exit_code == 0
    assert steps(result.stdout) == [
        ("connect", "220"),
        ("EHLO", "250"),
        ("MAIL", "250"),
        ("RCPT", "250"),
        ("DATA", "354"),
        ("message", "250"),
        ("QUIT", "221"),
    ]
    assert "offers PIPELINING, SIZE 10240000, 8BITMIME" in result.stdout
    assert f"(127.0.0.1 port {server.port})" in result.stdout
    assert re.search(r"accepted +ada@example.org 250 2.0.0 queued", result.stdout)
    assert re.fullmatch(r"Accepted for 1 recipient, in [\d.]+ m?s\.\n", result.stderr)
    assert hints(result.stdout) == []


def test_the_mail_is_what_was_asked_for(smtp_script):
    """Sender, subject and all addresses; no program answers it."""
    server = smtp_script({})
    run(
        "ada@example.org",
        "Bob <bob@example.org>",
        "--from",
        "Ops <ops@example.org>",
        "--subject",
        "Ünique",
        EMAIL_PORT=server.port,
    )
    (message,) = server.accepted
    assert message.sender == "ops@example.org"
    assert message.recipients == ["ada@example.org", "bob@example.org"]
    assert b"From: Ops <ops@example.org>\r\n" in message.data
    assert b"Subject: =?utf-8?" in message.data
    assert b"Auto-Submitted: auto-generated\r\n" in message.data


def test_tls_certificate_and_login_are_told_and_the_password_is_not(smtp_script, authority):
    """Not even where the server says it back."""
    server = smtp_script(
        {"AUTH": f"235 2.7.0 welcome, {SECRET}"}, tls=authority.context("localhost"), extensions=("AUTH PLAIN LOGIN",)
    )
    result = run(
        EMAIL_PORT=server.port,
        EMAIL_USE_TLS=True,
        EMAIL_SSL_CAFILE=authority.cafile,
        EMAIL_HOST_USER="news",
        EMAIL_HOST_PASSWORD=SECRET,
    )
    assert result.exit_code == 0
    assert [name for name, _ in steps(result.stdout)][:5] == ["connect", "EHLO", "STARTTLS", "EHLO", "AUTH PLAIN"]
    assert re.search(r"TLSv1\.[23], TLS_\w+|TLSv1\.[23], \w+", result.stdout)
    assert "certificate of localhost; issued by trustme" in result.stdout
    assert re.search(r"valid until \d{4}-\d\d-\d\d \(in \d+ days\)", result.stdout)
    assert "235 2.7.0 logged in as 'news'" in result.stdout
    assert SECRET not in result.output


@pytest.mark.parametrize("method", ["plain", "login"])
def test_a_refused_login_shows_no_password(smtp_script, method):
    """Whatever the server repeats; the hint names the settings."""
    server = smtp_script({"AUTH": f"535 5.7.8 {SECRET} is wrong"}, extensions=("AUTH PLAIN LOGIN",))
    result = run(EMAIL_PORT=server.port, EMAIL_HOST_USER="news", EMAIL_HOST_PASSWORD=SECRET, EMAIL_AUTH=method)
    assert result.exit_code == 1
    assert "failed: 535 5.7.8 the server refused the login of 'news': *** is wrong" in result.stdout
    assert SECRET not in result.output
    assert "EMAIL_HOST_PASSWORD" in hints(result.stdout)[0]


def test_each_recipient_has_a_result(smtp_script):
    """One refused, one deferred, one accepted: the exit code is 1, and the last line counts."""
    server = smtp_script({"RCPT": ["250 2.1.5 ok", "550 5.1.1 no such user", "451 4.7.1 greylisted"]})
    result = run("ada@example.org", "bob@example.org", "eve@example.org", EMAIL_PORT=server.port)
    assert result.exit_code == 1
    assert re.search(r"accepted +ada@example.org 250 2.0.0 queued", result.stdout)
    assert re.search(r"refused +bob@example.org 550 5.1.1 no such user", result.stdout)
    assert re.search(r"deferred +eve@example.org 451 4.7.1 greylisted", result.stdout)
    assert [("no such mailbox" in hint, "greylisting" in hint) for hint in hints(result.stdout)] == [
        (True, False),
        (False, True),
    ]
    assert re.fullmatch(r"Error: Not accepted for 2 of 3 recipients, in [\d.]+ m?s\.\n", result.stderr)


def test_there_is_no_second_attempt(smtp_script):
    """What the first one says is what is to be seen."""
    server = smtp_script({"RCPT": ["451 4.7.1 greylisted"]})
    assert run(EMAIL_PORT=server.port).exit_code == 1
    assert len(server.lines("RCPT")) == 1
    assert server.connections == 1


def test_a_hostile_server_cannot_move_the_cursor(smtp_script):
    """What a terminal would obey is not in the output."""
    evil = b"\x1b]0;owned\x07\x1b[2J\xe2\x80\xae"
    server = smtp_script(
        {
            "CONNECT": b"220 " + evil + b"\r\n",
            "EHLO": b"250-" + evil + b"\r\n250 SIZE " + evil + b"\r\n",
            "RCPT": b"550 5.1.1 " + evil + b"\r\n",
        }
    )
    result = run(EMAIL_PORT=server.port)
    assert result.exit_code == 1
    assert set("\x1b\x07\u202e").isdisjoint(result.output)


def test_postfix_answers_each_step(postfix, authority):
    """With TLS, a recipient that it refuses, and one that gets the mail."""
    result = run(
        "ada@example.org",
        "refused@example.org",
        EMAIL_PORT=postfix.port,
        EMAIL_USE_TLS=True,
        EMAIL_SSL_CAFILE=authority.cafile,
    )
    assert result.exit_code == 1
    assert ("STARTTLS", "220") in steps(result.stdout)
    assert re.search(r"refused +refused@example.org 550 5.1.1", result.stdout)
    assert "spelled right" in hints(result.stdout)[0]
    assert len(postfix.messages(1)) == 1
