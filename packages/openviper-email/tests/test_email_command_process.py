"""``viperctl send-test-email`` as a user types it, in a process of its own."""

from __future__ import annotations

import os
import pty
import re

import pytest
from command_runs import openviper, smtp, steps


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
