"""Commands run in this process or in one of its own, and what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from click.testing import CliRunner

from openviper.conf import override_settings
from openviper.core.email.commands import send_test_email

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
