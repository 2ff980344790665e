"""What ``send-test-email`` advises where something failed."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_runs import hints, openviper, run, smtp, steps
from smtp_script import CLOSE, SILENCE

from openviper.core.email._smtp.options import SMTPOptions
from openviper.core.email._terminal.connection_hints import connection_hint


@pytest.mark.parametrize(
    ("script", "hint"),
    [
        ({"CONNECT": "554 5.7.1 no mail from you"}, "blocklist"),
        ({"CONNECT": "421 4.3.2 too busy"}, "try again later"),
        ({"MAIL": "530 5.7.0 Authentication required"}, "EMAIL_HOST_USER"),
        ({"MAIL": "530 5.7.0 Must issue a STARTTLS command first"}, "EMAIL_USE_TLS=True"),
        ({"MAIL": "553 5.7.1 sender address rejected"}, "--from"),
        ({"RCPT": "554 5.7.1 <ada@example.org>: Relay access denied"}, "passes no mail on"),
        ({"RCPT": "550 relaying not permitted"}, "passes no mail on"),
        ({"RCPT": "550 5.1.1 unknown user"}, "spelled right"),
        ({"RCPT": "450 4.2.0 greylisted"}, "greylisting"),
        ({"RCPT": "452 4.2.2 over quota"}, "try again later"),
        ({".": "552 5.3.4 too big"}, "too large"),
        ({".": CLOSE}, "before you send it again"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_usual_refusal_has_a_hint(smtp_script, script, hint):
    """Which setting to look at, or what to do."""
    result = run(EMAIL_PORT=smtp_script(script).port)
    assert result.exit_code == 1
    assert any(hint in each for each in hints(result.stdout)), result.stdout


def test_a_server_without_starttls_is_named_with_the_settings(smtp_script):
    """Nothing was sent in clear."""
    server = smtp_script({})
    result = run(EMAIL_PORT=server.port, EMAIL_USE_TLS=True)
    assert result.exit_code == 1
    assert ("STARTTLS", "failed:") in steps(result.stdout)
    assert "EMAIL_USE_SSL=True" in result.stdout
    assert server.lines("MAIL") == []


@pytest.mark.parametrize(
    ("trusted", "names", "hint"),
    [
        (False, ("localhost",), "EMAIL_SSL_CAFILE"),
        (True, ("mail.example.org",), "another name than 'localhost'"),
    ],
)
def test_a_refused_certificate_has_a_hint(smtp_script, authority, trusted, names, hint):
    """By whether nobody trusts it, or it is for another name."""
    server = smtp_script({}, tls=authority.context(*names))
    more = {"EMAIL_SSL_CAFILE": authority.cafile} if trusted else {}
    result = run(EMAIL_PORT=server.port, EMAIL_USE_TLS=True, **more)
    assert result.exit_code == 1
    assert "the certificate is refused" in result.stdout
    assert hint in hints(result.stdout)[0]


def test_a_certificate_that_is_out_of_date_has_a_hint(smtp_script, authority):
    """It may be the clock of this machine, too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.ca.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(context)
    server = smtp_script({}, tls=context)
    result = run(EMAIL_PORT=server.port, EMAIL_USE_TLS=True, EMAIL_SSL_CAFILE=authority.cafile)
    assert result.exit_code == 1
    assert hints(result.stdout) == ["the certificate is out of date, or this machine's clock is wrong"]


def test_a_certificate_that_is_wrong_in_another_way_has_none():
    """The error says all there is."""
    error = ssl.SSLCertVerificationError("unsuitable certificate purpose")
    error.verify_code = 26
    assert connection_hint(error, SMTPOptions()) is None


def test_a_sender_that_was_never_named_has_no_hint(smtp_script):
    """Nobody can have minded it."""
    result = run(EMAIL_PORT=smtp_script({"EHLO": "421 later"}).port, DEFAULT_FROM_EMAIL="webmaster@localhost")
    assert result.exit_code == 1
    assert not [hint for hint in hints(result.stdout) if "DEFAULT_FROM_EMAIL" in hint]


def test_a_file_of_tls_that_cannot_be_read_is_no_matter_of_the_network(smtp_script):
    """It is said before anything is connected."""
    server = smtp_script({})
    result = run(EMAIL_PORT=server.port, EMAIL_USE_TLS=True, EMAIL_SSL_CAFILE=Path("/nowhere/ca.pem"))
    assert "EMAIL_SSL_CAFILE='/nowhere/ca.pem' cannot be read" in str(result.exception)
    assert (result.exit_code, result.stdout, server.commands) == (1, "", [])


def test_tls_at_a_port_without_it_has_a_hint(smtp_script):
    """The other way of TLS is named."""
    result = run(EMAIL_PORT=smtp_script({}).port, EMAIL_USE_SSL=True)
    assert result.exit_code == 1
    assert "EMAIL_USE_SSL=False" in hints(result.stdout)[0]


def test_a_host_that_is_not_known_has_a_hint():
    """RFC 6761: nobody ever has a name below .invalid."""
    result = run(EMAIL_HOST="mail.invalid")
    assert result.exit_code == 1
    assert hints(result.stdout)[0].startswith(("no address is known for 'mail.invalid'", "nothing came back"))


def test_a_server_that_says_nothing_is_given_up(smtp_script):
    """After EMAIL_TIMEOUT, with a hint at what blocks."""
    result = run(EMAIL_PORT=smtp_script({"CONNECT": SILENCE}).port, EMAIL_TIMEOUT=0.5)
    assert result.exit_code == 1
    assert "the server did not answer in time" in result.stdout
    assert "block outgoing ports" in hints(result.stdout)[0]


def test_a_sender_at_localhost_has_a_hint_though_it_was_accepted(smtp_script):
    """The next server will not take it."""
    result = run(EMAIL_PORT=smtp_script({}).port, DEFAULT_FROM_EMAIL="webmaster@localhost")
    assert result.exit_code == 0
    assert "DEFAULT_FROM_EMAIL" in hints(result.stdout)[0]


def test_a_refused_connection_has_a_hint(tmp_path):
    """At the settings that name the server."""
    result = openviper("send-test-email", "ada@example.org", cwd=tmp_path, **smtp(1))
    assert "EMAIL_HOST and EMAIL_PORT" in hints(result.stdout)[0]
