"""``viperctl send-test-email``, against real servers."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from smtp_script import CLOSE, SILENCE

from openviper.conf import override_settings
from openviper.core.email.commands import send_test_email
from openviper.core.email.errors import AddressError, HeaderError
from openviper.core.errors import ImproperlyConfigured

SECRET = "hunter2-hunter2"
SENDER = "The News <news@example.org>"


def run(*args, **settings):
    """Run the command with settings; return click's result."""
    given = {"EMAIL_BACKEND": "smtp", "DEFAULT_FROM_EMAIL": SENDER, "EMAIL_TIMEOUT": 10.0} | settings
    with override_settings(**given):
        return CliRunner().invoke(send_test_email, args or ["ada@example.org"])


def openviper(*args, cwd, stdout=subprocess.PIPE, **variables):
    """Run ``openviper viperctl ARGS`` in a process of its own."""
    unwanted = ("OPENVIPER", "PYTEST", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "COV_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return subprocess.run(
        [sys.executable, "-m", "openviper.cli", "viperctl", *args],
        cwd=cwd,
        env=environment | {"TERM": "xterm"} | variables,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


def smtp(port, **more):
    """Return the environment that makes mail go to this port."""
    given = {"BACKEND": "smtp", "HOST": "127.0.0.1", "PORT": str(port), "TIMEOUT": "10"} | more
    return {f"OPENVIPER_EMAIL_{name}": value for name, value in given.items()}


def steps(output):
    """Return the first words of the rows that took time, and the code that came back."""
    return re.findall(r"^  (\S+(?: PLAIN| LOGIN| XOAUTH2)?) +[\d.]+ m?s  (\S+)", output, re.MULTILINE)


def hints(output):
    return re.findall(r"^  Hint +(.*)$", output, re.MULTILINE)


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


@pytest.mark.parametrize(
    ("backend", "part"),
    [
        ("console", "It was printed here and went to nobody"),
        ("memory", "It was kept in the memory of this command"),
    ],
)
def test_a_backend_that_keeps_mail_says_so(backend, part):
    """And how it would be sent."""
    result = run(EMAIL_BACKEND=backend)
    assert result.exit_code == 0
    assert f"{part}" in result.stdout
    assert "EMAIL_BACKEND='smtp' sends" in result.stdout


def test_the_file_backend_names_the_file(tmp_path):
    """Which has the mail."""
    result = run("ada@example.org", "--subject", "In a file", EMAIL_BACKEND="file", EMAIL_FILE_PATH=tmp_path)
    assert result.exit_code == 0
    written = Path(re.search(r"written to (\S+\.eml) ", result.stdout)[1])
    assert b"Subject: In a file\r\n" in written.read_bytes()


def test_a_file_that_cannot_be_written_is_no_success(tmp_path):
    """And nothing is said of a file."""
    (tmp_path / "file").write_text("in the way")
    result = run(EMAIL_BACKEND="file", EMAIL_FILE_PATH=tmp_path / "file")
    assert result.exit_code == 1
    assert "written to" not in result.stdout
    assert re.search(r"deferred +ada@example.org FileExistsError", result.stdout)


class Broken:
    """A backend of somebody else that cannot send."""

    async def send(self, message_data):
        raise RuntimeError("the API key is expired")


def test_a_backend_of_a_user_is_asked_too():
    """Its error is each recipient's result."""
    result = run(EMAIL_BACKEND=f"{__name__}.Broken")
    assert result.exit_code == 1
    assert "RuntimeError: the API key is expired" in result.stdout


def test_using_names_the_mailer(smtp_script):
    """Its server is asked, and its name is told."""
    server = smtp_script({})
    mailers = {"bulk": {"BACKEND": "smtp", "PORT": server.port}}
    result = run("ada@example.org", "--using", "bulk", EMAIL_BACKEND="console", EMAIL_MAILERS=mailers)
    assert result.exit_code == 0
    assert f"bulk: localhost:{server.port}, no TLS, no login" in result.stdout
    assert len(server.accepted) == 1


def test_failover_tells_of_each_server_that_was_asked(smtp_script):
    """The one that refused, and the one that took it."""
    first, second = smtp_script({"CONNECT": "421 4.3.2 closing"}), smtp_script({})
    mailers = {
        "first": {"BACKEND": "smtp", "PORT": first.port},
        "second": {"BACKEND": "smtp", "PORT": second.port},
    }
    result = run(EMAIL_BACKEND="failover", EMAIL_FAILOVER=("first", "second"), EMAIL_MAILERS=mailers)
    assert result.exit_code == 0
    assert f"first: localhost:{first.port}" in result.stdout
    assert f"second: localhost:{second.port}" in result.stdout
    assert re.search(r"^  Mailer +second$", result.stdout, re.MULTILINE)
    assert len(second.accepted) == 1


@pytest.mark.parametrize(
    ("args", "settings", "error", "part"),
    [
        (["nonsense"], {}, AddressError, "nonsense"),
        (["a@example.org, b@example.org"], {}, AddressError, "recipients[0]"),
        (["ada@example.org", "--subject", "a\r\nBcc: eve@example.org"], {}, HeaderError, "subject"),
        (["ada@example.org", "--from", "x"], {}, AddressError, "sender='x'"),
        (["ada@example.org", "--using", "bulc"], {"EMAIL_MAILERS": {"bulk": {}}}, ImproperlyConfigured, "'bulk'"),
        (["ada@example.org"], {"EMAIL_PORT": 99999}, ImproperlyConfigured, "EMAIL_PORT=99999"),
    ],
)
def test_what_cannot_be_sent_is_an_error_of_ours(args, settings, error, part):
    """Which the command line shows as one line; nothing is connected."""
    result = run(*args, **settings)
    assert isinstance(result.exception, error)
    assert part in str(result.exception)
    assert result.stdout == ""


def test_without_an_address_the_usage_is_shown():
    """Exit code 2, as click has it."""
    result = CliRunner().invoke(send_test_email, [])
    assert result.exit_code == 2
    assert "ADDRESS" in result.stderr


def test_a_process_sends_to_aiosmtpd(aiosmtpd_server, tmp_path):
    """As a user types it, with the settings from the environment; plain text, for it is no terminal."""
    server = aiosmtpd_server()
    result = openviper("send-test-email", "ada@example.org", cwd=tmp_path, **smtp(server.port))
    assert (result.returncode, len(server.envelopes)) == (0, 1)
    assert server.envelopes[0].rcpt_tos == ["ada@example.org"]
    assert ("message", "250") in steps(result.stdout)
    assert "\x1b" not in result.stdout
    assert result.stderr.startswith("Accepted for 1 recipient")


def test_a_process_finds_the_project_s_settings(smtp_sink, tmp_path):
    """By --settings; smtp-sink gets the mail."""
    sink = smtp_sink(keep=True)
    (tmp_path / "mysite").mkdir()
    (tmp_path / "mysite" / "settings.py").write_text(
        "from openviper.conf import BaseSettings\n\n\n"
        "class Settings(BaseSettings):\n"
        f"    EMAIL_BACKEND: str = 'smtp'\n    EMAIL_PORT: int = {sink.port}\n    EMAIL_HOST: str = '127.0.0.1'\n"
        "    DEFAULT_FROM_EMAIL: str = 'news@example.org'\n"
    )
    result = openviper("--settings", "mysite.settings", "send-test-email", "ada@example.org", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "offers" in result.stdout
    (message,) = sink.messages()
    assert b"Subject: Test mail" in message


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


@pytest.mark.parametrize(
    ("address", "variables", "part"),
    [
        ("ada@example.org", {}, "Error: Not accepted for 1 of 1 recipient"),
        ("nonsense", {}, "Error: recipients[0]='nonsense' has no '@'"),
        ("ada@example.org", {"PORT": "0x"}, "OPENVIPER_EMAIL_PORT='0x'"),
    ],
)
def test_a_process_fails_with_one_line(tmp_path, address, variables, part):
    """Exit code 1, and no traceback; nobody listens on port 1."""
    result = openviper("send-test-email", address, cwd=tmp_path, **smtp(1, **variables))
    assert result.returncode == 1
    assert part in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stdout + result.stderr


def test_a_refused_connection_has_a_hint(tmp_path):
    """At the settings that name the server."""
    result = openviper("send-test-email", "ada@example.org", cwd=tmp_path, **smtp(1))
    assert "EMAIL_HOST and EMAIL_PORT" in hints(result.stdout)[0]


@pytest.mark.parametrize(("variables", "is_colored"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_has_colours_unless_no_color_is_set(smtp_script, tmp_path, variables, is_colored):
    """And lines that are not wider than it."""
    server = smtp_script({"EHLO": ("250-scripted", *(f"250-EXTENSION{each}" for each in range(20)), "250 LAST")})
    screen, terminal = pty.openpty()
    try:
        result = openviper(
            "send-test-email", "ada@example.org", cwd=tmp_path, stdout=terminal, **smtp(server.port), **variables
        )
        shown = os.read(screen, 65_536).decode()
    finally:
        os.close(screen)
        os.close(terminal)
    assert result.returncode == 0
    assert ("\x1b[" in shown) is is_colored
    assert "LAST" in shown
    assert max(map(len, re.sub(r"\x1b\[[\d;]*m", "", shown).splitlines())) <= 80


def test_a_stream_that_knows_ascii_alone_gets_escapes(smtp_script, tmp_path):
    """Whatever the server says."""
    server = smtp_script({"CONNECT": "220 Grüße"})
    result = openviper(
        "send-test-email", "ada@example.org", cwd=tmp_path, PYTHONIOENCODING="ascii", **smtp(server.port)
    )
    assert result.returncode == 0
    assert "Gr\\xfc\\xdfe" in result.stdout
