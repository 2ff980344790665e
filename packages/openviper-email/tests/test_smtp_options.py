"""What the EMAIL_* settings may be, and what follows from them."""

from __future__ import annotations

import traceback

import pytest

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, Secret
from openviper.core.email._smtp.options import SMTPOptions

LOGIN = {"user": "ada", "password": Secret("correct horse")}


@pytest.mark.parametrize(
    ("given", "port", "starttls", "is_local"),
    [
        ({}, 25, False, True),
        ({"host": "127.0.0.2"}, 25, False, True),
        ({"host": "::1"}, 25, False, True),
        ({"host": "[::1]"}, 25, False, True),
        ({"host": "LOCALHOST."}, 25, False, True),
        ({"host": "mail.localhost"}, 25, False, True),
        ({"host": "localhost", "starttls": True}, 25, True, True),
        ({"host": "localhost", "implicit_tls": True}, 465, False, True),
        ({"host": "mail.example.org"}, 587, True, False),
        ({"host": "mail.example.org", "starttls": False}, 587, False, False),
        ({"host": "mail.example.org", "implicit_tls": True}, 465, False, False),
        ({"host": "mail.example.org", "port": 25}, 25, True, False),
        ({"host": "localhost.example.org"}, 587, True, False),
        ({"host": "testserver"}, 587, True, False),
        ({"host": "10.0.0.1"}, 587, True, False),
    ],
)
def test_defaults_follow_from_the_host(given, port, starttls, is_local):
    """Only this machine is spoken to in clear without being told to."""
    options = SMTPOptions(**given)
    assert (options.port, options.starttls, options.is_local) == (port, starttls, is_local)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"port": 65_536}, "EMAIL_PORT=65536; expected a port"),
        ({"port": -1}, "EMAIL_PORT=-1; expected a port"),
        ({"timeout": 0.0}, "EMAIL_TIMEOUT=0.0; expected seconds"),
        ({"timeout": float("nan")}, "EMAIL_TIMEOUT=nan; expected seconds"),
        ({"timeout": float("inf")}, "EMAIL_TIMEOUT=inf; expected seconds"),
        ({"pool_size": 0}, "EMAIL_POOL_SIZE=0; expected 1 to 1000 connections"),
        ({"max_messages": 0}, "EMAIL_POOL_MAX_MESSAGES=0; expected 1 message or more"),
        ({"max_age": 0.0}, "EMAIL_POOL_MAX_AGE=0.0; expected seconds, more than 0"),
        ({"max_message_bytes": 0}, "EMAIL_MAX_MESSAGE_BYTES=0; expected bytes, more than 0, or None"),
        ({"host": ""}, "EMAIL_HOST=''; expected a host name"),
        ({"host": "smtp://mail.example.org"}, "EMAIL_HOST='smtp://mail.example.org'; expected a host name"),
        (
            {"host": "mail.example.org:587"},
            "EMAIL_HOST='mail.example.org:587'; expected a host name or an address",
        ),
        ({"host": "[mail.example.org]:587"}, "EMAIL_HOST='[mail.example.org]:587'; expected a host name or an address"),
        (
            {"host": "127.0.0.1:25"},
            "EMAIL_HOST='127.0.0.1:25'; expected a host name or an address, without a scheme, and",
        ),
        ({"host": "mail.example.org\r\nQUIT"}, r"EMAIL_HOST='mail.example.org\r\nQUIT'; expected a host name"),
        ({"host": "smtp://ada:pass word@x:587"}, "EMAIL_HOST='**********@x:587'; expected a host name"),
        ({"host": "ada:p@ss@mail.example.org"}, "EMAIL_HOST='**********@mail.example.org'; expected a host name"),
        ({"local_hostname": "a b"}, "EMAIL_LOCAL_HOSTNAME='a b'; expected a host name"),
        ({"local_hostname": "b\xfccher.example"}, "EMAIL_LOCAL_HOSTNAME='b\xfccher.example'; expected ASCII"),
        ({"starttls": True, "implicit_tls": True}, "EMAIL_USE_SSL and EMAIL_USE_TLS are both True; expected one"),
        ({"keyfile": "/x"}, "EMAIL_SSL_KEYFILE='/x' without EMAIL_SSL_CERTFILE"),
        ({"auth": "cram-md5"}, "EMAIL_AUTH='cram-md5'; expected one of 'auto', 'plain', 'login', 'xoauth2'"),
        ({"auth": "xoauth2", **LOGIN}, "EMAIL_AUTH='xoauth2' without EMAIL_TOKEN"),
        ({"auth": "plain", "user": "ada", "token": str}, "EMAIL_TOKEN with EMAIL_AUTH='plain'"),
        ({"password": Secret("x")}, "EMAIL_HOST_PASSWORD or EMAIL_TOKEN without EMAIL_HOST_USER"),
        ({"user": "ada"}, "EMAIL_HOST_USER without EMAIL_HOST_PASSWORD or EMAIL_TOKEN"),
        (
            {"host": "mail.example.org", "starttls": False, **LOGIN},
            "EMAIL_HOST_USER with EMAIL_USE_TLS=False would send the password in clear to 'mail.example.org'",
        ),
    ],
)
def test_what_cannot_be_is_refused(given, says):
    """The error names the setting, its value, and what would be accepted."""
    with pytest.raises(ImproperlyConfigured) as caught:
        SMTPOptions(**given)
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("mail.example.org", "mail.example.org:25"),
        ("127.0.0.1", "127.0.0.1:25"),
        ("::1", "[::1]:25"),
        ("[::1]", "[::1]:25"),
        ("fe80::1%eth0", "[fe80::1%eth0]:25"),
    ],
)
def test_a_server_is_named_by_host_and_port(host, name):
    """Each in one way."""
    assert SMTPOptions(host=host, port=25).name == name


def test_port_zero_is_none():
    """The one that follows from the host is had without a setting."""
    with pytest.raises(ImproperlyConfigured, match="EMAIL_PORT=0; expected a port"):
        SMTPOptions.from_settings(EmailSettings(EMAIL_PORT=0))


def test_every_problem_is_named():
    """One look is enough."""
    with pytest.raises(ImproperlyConfigured) as caught:
        SMTPOptions(port=-1, pool_size=0, user="ada")
    assert [line.partition("=")[0].split()[0] for line in str(caught.value).splitlines()] == [
        "EMAIL_PORT",
        "EMAIL_POOL_SIZE",
        "EMAIL_HOST_USER",
    ]


def test_every_problem_of_the_settings_is_named():
    """Also of those that are read before there are options, and one of them for each."""
    with pytest.raises(ImproperlyConfigured) as caught:
        SMTPOptions.from_settings(
            EmailSettings(
                EMAIL_PORT=0, EMAIL_TOKEN="nowhere.token", EMAIL_AUTH="xoauth2", EMAIL_HOST_USER="a", EMAIL_HOST="a:b"
            )
        )
    assert [line.partition("=")[0] for line in str(caught.value).splitlines()] == [
        "EMAIL_PORT",
        "EMAIL_TOKEN",
        "EMAIL_HOST",
    ]
    assert isinstance(caught.value.__cause__, ImportError)


def test_settings_become_options():
    """Empty texts count as not set; a password is not shown."""
    options = SMTPOptions.from_settings(
        EmailSettings(
            EMAIL_HOST="mail.example.org",
            EMAIL_HOST_USER="ada",
            EMAIL_HOST_PASSWORD=Secret("correct horse"),
            EMAIL_TOKEN="test_smtp_options:token",
            EMAIL_LOCAL_HOSTNAME="",
            EMAIL_TIMEOUT=7.0,
            EMAIL_POOL_SIZE=3,
        )
    )
    assert (options.host, options.port, options.timeout, options.pool_size) == ("mail.example.org", 587, 7.0, 3)
    assert options.token is not None
    assert options.token() == "the token"
    assert options.local_hostname is None
    assert "correct horse" not in repr(options)


def token():
    return "the token"


@pytest.mark.parametrize("path", ["test_smtp_options:nobody", "no.such.module", "test_smtp_options:LOGIN"])
def test_token_that_is_no_function(path):
    """What EMAIL_TOKEN names is looked up at once."""
    with pytest.raises(ImproperlyConfigured, match=f"EMAIL_TOKEN='{path}'"):
        SMTPOptions.from_settings(EmailSettings(EMAIL_HOST_USER="ada", EMAIL_TOKEN=path))


@pytest.mark.parametrize(
    "token", ["ya29.a0AfH6SMBx", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjMifQ.c2lnbmF0dXJl", "x" * 200, "Ab1/+=="]
)
def test_a_token_in_place_of_its_function_is_not_shown(token):
    """Somebody may take EMAIL_TOKEN for the token itself."""
    with pytest.raises(ImproperlyConfigured) as caught:
        SMTPOptions.from_settings(EmailSettings(EMAIL_HOST_USER="ada", EMAIL_TOKEN=token))
    assert str(caught.value).startswith("EMAIL_TOKEN='**********'; expected the dotted path of a function")
    assert token not in "".join(traceback.format_exception(caught.value))


def test_passwords_of_mailers_are_not_shown():
    """An entry may have one that is no Secret."""
    assert "plain" not in repr(EmailSettings(EMAIL_MAILERS={"bulk": {"HOST_PASSWORD": "plain"}}))
