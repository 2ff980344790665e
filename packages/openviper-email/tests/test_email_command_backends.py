"""``send-test-email`` by other backends, other mailers, and for what cannot be sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_runs import run

from openviper.core.email.commands import send_test_email
from openviper.core.email.errors import AddressError, HeaderError
from openviper.core.errors import ImproperlyConfigured

BACKENDS = "openviper.core.email.backends"


@pytest.mark.parametrize(
    ("backend", "part", "end"),
    [
        ("console", "It was printed here and went to nobody", "Printed, not sent: 1 recipient, in "),
        (f"{BACKENDS}.ConsoleBackend", "It was printed here and went to nobody", "Printed, not sent: 1 recipient, in "),
        ("memory", "It was kept in the memory of this command", "Kept in memory, not sent: 1 recipient, in "),
    ],
)
@pytest.mark.parametrize("using", ["default", "bulk"])
def test_a_backend_that_keeps_mail_says_so(backend, part, end, using):
    """And how it would be sent; it is no failure, and no success that one could take for sending."""
    bulk = {"EMAIL_MAILERS": {"bulk": {"BACKEND": backend}}}
    result = run("a@b.org", "--using", using, **({"EMAIL_BACKEND": backend} if using == "default" else bulk))
    assert result.exit_code == 0
    place = "EMAIL_BACKEND" if using == "default" else "EMAIL_MAILERS['bulk']['BACKEND']"
    assert f"{using}: {place} is {backend!r}" in result.stdout
    assert f"{part}" in result.stdout
    assert f"{place}='smtp' sends" in result.stdout
    assert result.stderr.startswith(end)


def test_the_file_backend_names_the_file(tmp_path):
    """Which has the mail."""
    result = run("ada@example.org", "--subject", "In a file", EMAIL_BACKEND="file", EMAIL_FILE_PATH=tmp_path)
    assert result.exit_code == 0
    written = Path(re.search(r"written to (\S+\.eml) ", result.stdout)[1])
    assert b"Subject: In a file\r\n" in written.read_bytes()
    assert result.stderr.startswith("Written to a file, not sent: 1 recipient, in ")


def test_a_failover_that_ends_in_a_terminal_has_sent_nothing(free_port):
    """By whichever mailer had it last."""
    mailers = {"first": {"BACKEND": "smtp", "PORT": free_port}, "second": {"BACKEND": "console"}}
    result = run(EMAIL_BACKEND="failover", EMAIL_FAILOVER=("first", "second"), EMAIL_MAILERS=mailers)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1].startswith("Printed, not sent: 1 recipient")


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


@pytest.mark.parametrize("backend", ["failover", f"{BACKENDS}.FailoverBackend"])
def test_failover_tells_of_each_server_that_was_asked(smtp_script, backend):
    """The one that refused, and the one that took it."""
    first, second = smtp_script({"CONNECT": "421 4.3.2 closing"}), smtp_script({})
    mailers = {
        "first": {"BACKEND": "smtp", "PORT": first.port},
        "second": {"BACKEND": "smtp", "PORT": second.port},
    }
    result = run(EMAIL_BACKEND=backend, EMAIL_FAILOVER=("first", "second"), EMAIL_MAILERS=mailers)
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
