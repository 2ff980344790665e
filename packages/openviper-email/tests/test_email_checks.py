"""The system checks of mail."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from openviper.conf import override_settings
from openviper.core.checks import Severity, run_checks
from openviper.core.email.backends import ConsoleBackend
from openviper.core.email.checks import check_email

SMTP = {"EMAIL_BACKEND": "smtp", "EMAIL_HOST": "mail.example.org", "DEFAULT_FROM_EMAIL": "news@example.org"}
BULK = {"BACKEND": "smtp", "HOST": "bulk.example.org"}
APPS = ["openviper.core.email"]
BACKENDS = "openviper.core.email.backends"


class Printing(ConsoleBackend):
    """A project's own that prints."""


class Sending:
    """A project's own that sends."""

    async def send(self, message_data):
        """Do nothing."""


def found(**settings):
    with override_settings(**settings):
        return [(each.id.removeprefix("openviper.email."), each.severity) for each in check_email()]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({**SMTP}, []),
        ({**SMTP, "EMAIL_HOST_USER": "u", "EMAIL_HOST_PASSWORD": "p"}, []),
        ({}, []),
        ({"INSTALLED_APPS": ["openviper.core.email"]}, [("backend", Severity.WARNING)]),
        ({"DEFAULT_FROM_EMAIL": "news@example.org"}, [("backend", Severity.WARNING)]),
        ({"EMAIL_BACKEND": "memory"}, [("backend", Severity.WARNING)]),
        ({"DEFAULT_FROM_EMAIL": "news@example.org", "DEBUG": True}, []),
        ({**SMTP, "DEFAULT_FROM_EMAIL": "webmaster@localhost"}, [("sender", Severity.WARNING)]),
        ({**SMTP, "DEFAULT_FROM_EMAIL": "News <a@localhost>", "DEBUG": True}, []),
        ({**SMTP, "DEFAULT_FROM_EMAIL": "nobody"}, [("configuration", Severity.ERROR)]),
        ({**SMTP, "EMAIL_PORT": 70_000}, [("configuration", Severity.ERROR)]),
        (
            {**SMTP, "EMAIL_HOST_USER": "u", "EMAIL_HOST_PASSWORD": "p", "EMAIL_USE_TLS": False},
            [("configuration", Severity.ERROR)],
        ),
        ({**SMTP, "EMAIL_USE_SSL": True, "EMAIL_USE_TLS": True}, [("configuration", Severity.ERROR)]),
        ({**SMTP, "EMAIL_PORT": 465}, [("port", Severity.WARNING)]),
        ({**SMTP, "EMAIL_PORT": 465, "EMAIL_USE_SSL": True}, []),
        ({**SMTP, "EMAIL_MAILERS": {"bulk": {**BULK, "PORT": 465}}}, [("port", Severity.WARNING)]),
        ({**SMTP, "EMAIL_SSL_CAFILE": Path("/nowhere/ca.pem")}, [("configuration", Severity.ERROR)]),
        ({**SMTP, "EMAIL_SSL_CERTFILE": Path(__file__)}, [("configuration", Severity.ERROR)]),
        ({**SMTP, "EMAIL_HOST": "localhost", "EMAIL_SSL_CAFILE": Path("/nowhere/ca.pem")}, []),
        ({**SMTP, "EMAIL_MAILERS": {"bulk": {**BULK, "SSL_CAFILE": __file__}}}, [("configuration", Severity.ERROR)]),
        ({**SMTP, "EMAIL_SIGN": "nothing.sign"}, [("configuration", Severity.ERROR)]),
        ({**SMTP, "EMAIL_MAILERS": {"bulk": {"BACKEND": "smpt"}}}, [("configuration", Severity.ERROR)]),
        ({**SMTP, "EMAIL_MAILERS": {"bulk": {"BACKEND": "console"}}}, [("backend", Severity.WARNING)]),
        ({**SMTP, "EMAIL_MAILERS": {"bulk": {"BACKEND": "smtp", "HOST": "bulk.example.org"}}}, []),
        ({**SMTP, "INSTALLED_APPS": APPS}, []),
        ({**SMTP, "INSTALLED_APPS": APPS, "EMAIL_DRAIN_TIMEOUT": 10.0}, [("drain", Severity.WARNING)]),
        (
            {**SMTP, "INSTALLED_APPS": APPS, "EMAIL_DRAIN_TIMEOUT": 1.0, "SHUTDOWN_TIMEOUT": timedelta(seconds=1)},
            [("drain", Severity.WARNING)],
        ),
        (
            {**SMTP, "INSTALLED_APPS": APPS, "EMAIL_MAILERS": {"bulk": {**BULK, "DRAIN_TIMEOUT": 60}}},
            [("drain", Severity.WARNING)],
        ),
        ({**SMTP, "EMAIL_DRAIN_TIMEOUT": 60.0}, []),
        ({**SMTP, "INSTALLED_APPS": APPS, "EMAIL_DRAIN_TIMEOUT": 8.1}, [("drain", Severity.WARNING)]),
        ({**SMTP, "INSTALLED_APPS": APPS, "EMAIL_DRAIN_TIMEOUT": 8.0}, []),
        ({**SMTP, "EMAIL_BACKEND": f"{BACKENDS}.ConsoleBackend"}, [("backend", Severity.WARNING)]),
        ({**SMTP, "EMAIL_BACKEND": f"{BACKENDS}.memory.MemoryBackend"}, [("backend", Severity.WARNING)]),
        ({**SMTP, "EMAIL_BACKEND": f"{__name__}.Printing"}, [("backend", Severity.WARNING)]),
        ({**SMTP, "EMAIL_BACKEND": f"{__name__}.Sending"}, []),
        ({**SMTP, "EMAIL_BACKEND": f"{BACKENDS}.SMTPBackend", "EMAIL_PORT": 465}, [("port", Severity.WARNING)]),
        (
            {**SMTP, "EMAIL_BACKEND": f"{BACKENDS}.SMTPBackend", "EMAIL_SSL_CAFILE": Path("/nowhere/ca.pem")},
            [("configuration", Severity.ERROR)],
        ),
        (
            {**SMTP, "EMAIL_BACKEND": f"{BACKENDS}.SMTPBackend", "DEFAULT_FROM_EMAIL": "a@localhost"},
            [("sender", Severity.WARNING)],
        ),
        (
            {**SMTP, "EMAIL_PORT": 70_000, "EMAIL_MAILERS": {"bulk": {"PORT": "x"}, "own": {"HOTS": ""}}},
            [("configuration", Severity.ERROR)] * 3,
        ),
    ],
)
def test_what_is_wrong_with_mail_is_found_without_connecting(settings, expected):
    """Errors for what cannot be used, warnings for what sends nothing in production where mail is to be sent."""
    assert found(**settings) == expected


def test_a_hint_names_the_setting_of_its_mailer():
    """That of the default mailer would change nothing."""
    bulk = {"BACKEND": "console", "DRAIN_TIMEOUT": 60}
    with override_settings(**SMTP, INSTALLED_APPS=APPS, EMAIL_MAILERS={"bulk": bulk}):
        assert [each.hint for each in check_email()] == [
            "set EMAIL_MAILERS['bulk']['BACKEND'] to 'smtp', and EMAIL_MAILERS['bulk']['HOST'] to the server that "
            "sends",
            "set SHUTDOWN_TIMEOUT to 2 s more than EMAIL_MAILERS['bulk']['DRAIN_TIMEOUT']",
        ]


@pytest.mark.parametrize("backend", ["smtp", "console", "memory"])
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("EMAIL_TIMEOUT", float("nan"), "seconds, more than 0 and at most 86400"),
        ("EMAIL_TIMEOUT", -1.0, "seconds, more than 0 and at most 86400"),
        ("EMAIL_TIMEOUT", float("inf"), "seconds, more than 0 and at most 86400"),
        ("EMAIL_DRAIN_TIMEOUT", float("nan"), "seconds, 0 to 86400"),
        ("EMAIL_MAX_MESSAGE_BYTES", -3, "bytes, more than 0, or None"),
        ("EMAIL_MAX_MESSAGE_BYTES", 0, "bytes, more than 0, or None"),
        ("EMAIL_MEMORY_LIMIT", -1, "1 message or more"),
        ("EMAIL_MEMORY_LIMIT", 0, "1 message or more"),
        ("EMAIL_QUEUE_DEADLINE", float("nan"), "seconds, 0 to a year"),
        ("EMAIL_QUEUE_DEADLINE", float("inf"), "seconds, 0 to a year"),
        ("EMAIL_QUEUE_DEADLINE", -1.0, "seconds, 0 to a year"),
        ("EMAIL_MAX_JOB_BYTES", -3, "bytes, more than 0"),
    ],
)
def test_a_number_that_cannot_be_is_found_whatever_sends(backend, name, value, expected):
    """Once, with what would do."""
    with override_settings(**{**SMTP, "DEBUG": True, "EMAIL_BACKEND": backend, name: value}):
        assert [each.message for each in check_email()] == [f"{name}={value!r}; expected {expected}"]


@pytest.mark.parametrize("name", ["default", "bulk"])
def test_every_problem_of_a_mailer_is_found_at_once(name):
    """Whoever mends one does not meet the next at the next start."""
    given = {
        "BACKEND": "smtp",
        "TIMEOUT": 0.0,
        "PORT": 0,
        "HOST": "smtp://x:25",
        "HOST_USER": "ada",
        "TOKEN": "nowhere.token",
        "AUTH": "xoauth2",
    }
    default = {f"EMAIL_{key}": value for key, value in given.items()}
    with override_settings(**(default if name == "default" else {"EMAIL_MAILERS": {"bulk": given}})):
        found = [each.message for each in check_email()]
    place = "EMAIL_{}" if name == "default" else "EMAIL_MAILERS['bulk']['{}']"
    expected = [
        "TIMEOUT=0.0; expected seconds",
        "PORT=0; expected a port, 1 to 65535, or None",
        "TOKEN='nowhere.token': ",
        "HOST='smtp://x:25'; expected a host name or an address, without a scheme, and the port in ",
    ]
    starts = [place.format(each.partition("=")[0]) + "=" + each.partition("=")[2] for each in expected]
    assert len(found) == len(starts)
    assert all(line.startswith(start) for line, start in zip(found, starts, strict=True)), found


@pytest.mark.parametrize(
    ("settings", "module", "hint"),
    [
        ({"EMAIL_MARKDOWN": "markdown"}, "markdown", "pip install 'openviper-email[markdown]'"),
        ({"EMAIL_INLINE_CSS": True}, "css_inline", "pip install 'openviper-email[css]'"),
    ],
)
def test_an_extra_that_is_missing_is_named(monkeypatch, settings, module, hint):
    """With what to install."""
    monkeypatch.setitem(sys.modules, module, None)
    with override_settings(**SMTP, **settings):
        [message] = check_email()
    assert (message.id, message.severity, message.hint) == ("openviper.email.extra", Severity.ERROR, hint)


def test_the_check_is_installed():
    """``openviper viperctl check`` finds it."""
    with override_settings(EMAIL_BACKEND="smpt"):
        assert [each.id for each in run_checks()].count("openviper.email.configuration") == 1


def test_settings_that_cannot_be_read_are_left_to_the_check_of_the_core(monkeypatch):
    """They are reported once."""
    monkeypatch.setenv("OPENVIPER_EMAIL_PORT", "many")
    with override_settings(DEBUG=True):
        assert list(check_email()) == []
