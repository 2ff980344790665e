"""Settings of mailers, and those that none can be made of."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from mailer_backends import answering

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, Secret, override_settings, section
from openviper.core.email._sending.mailer_settings import mailer_name, mailer_settings
from openviper.core.email.apps import ready
from openviper.core.email.mailers import get_mailer
from openviper.core.lifespan import lifespan


async def test_a_name_that_is_none_is_not_shown_whole():
    """Whatever was given as one."""
    with pytest.raises(ImproperlyConfigured) as caught:
        get_mailer("x" * 1_000_000)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"EMAIL_BACKEND": "smpt"}, "EMAIL_BACKEND='smpt' is not a backend; expected one of 'console'"),
        ({"EMAIL_BACKEND": "smpt"}, "did you mean 'smtp'?"),
        ({"EMAIL_BACKEND": "shop.mail.Backend"}, "EMAIL_BACKEND='shop.mail.Backend' cannot be imported"),
        ({"EMAIL_BACKEND": "shop_mail.Backed"}, "did you mean 'Backend'?"),
        ({"EMAIL_BACKEND": "shop_mail.NoSend"}, "is not a backend; expected a class with async send(data)"),
        ({"EMAIL_BACKEND": "shop_mail.function"}, "is not a backend"),
        ({"EMAIL_BACKEND": "shop_mail.Needs"}, "cannot be made without arguments: TypeError"),
        ({"EMAIL_BACKEND": "shop_mail.Odd"}, "has concurrency='many'; expected 1 or more"),
        ({"EMAIL_BACKEND": "file"}, "EMAIL_FILE_PATH is not set"),
        ({"EMAIL_BACKEND": "failover"}, "EMAIL_FAILOVER=()"),
        ({"EMAIL_TIMEOUT": 0.0}, "EMAIL_TIMEOUT=0.0"),
        ({"EMAIL_TIMEOUT": float("nan")}, "EMAIL_TIMEOUT=nan"),
        ({"EMAIL_SIGN": "shop_mail.nothing"}, "EMAIL_SIGN='shop_mail.nothing'"),
        ({"EMAIL_SIGN": "shop_mail.TEXT"}, "is str; expected a function"),
        ({"EMAIL_SIGN": "builtins.len", "EMAIL_BACKEND": "shop_mail.Backend"}, "would send without a signature"),
        ({"DEFAULT_FROM_EMAIL": "nobody"}, "DEFAULT_FROM_EMAIL"),
        ({"EMAIL_MAILERS": {"default": {}}}, "EMAIL_MAILERS['default'] is not read"),
        ({"EMAIL_MAILERS": {"a": {"HOTS": "x"}}}, "EMAIL_MAILERS['a']['HOTS'] is no setting of a mailer; did you mean"),
        ({"EMAIL_MAILERS": {"a": {"EMAIL_HOST": "x"}}}, "write it without EMAIL_: 'HOST'"),
        ({"EMAIL_MAILERS": {"a": {"MARKDOWN": "x"}}}, "EMAIL_MARKDOWN is one for all mailers"),
        ({"EMAIL_MAILERS": {"a": {"PORT": "25"}}}, "EMAIL_MAILERS['a']['PORT']='25'; expected an int or None"),
        ({"EMAIL_MAILERS": {"a": {"PORT": True}}}, "EMAIL_MAILERS['a']['PORT']=True; expected an int or None"),
        ({"EMAIL_MAILERS": {"a": {"AUTH": "none"}}}, "expected one of 'auto', 'plain', 'login', 'xoauth2'"),
        ({"EMAIL_MAILERS": {"a": {"FAILOVER": "b"}}}, "expected a tuple of str"),
        ({"EMAIL_MAILERS": {"a": {"BACKEND": "smpt"}}}, "EMAIL_MAILERS['a']['BACKEND']='smpt' is not a backend"),
        (
            {"EMAIL_MAILERS": {"a": {"BACKEND": "smtp", "HOST": "a b", "HOST_USER": "u"}}},
            "EMAIL_MAILERS['a']['HOST']='a b'; expected a host name or an address, without a scheme, and the port in "
            "EMAIL_MAILERS['a']['PORT']\n"
            "EMAIL_MAILERS['a']['HOST_USER'] without EMAIL_MAILERS['a']['HOST_PASSWORD'] or EMAIL_MAILERS['a']"
            "['TOKEN']; set both or neither",
        ),
        ({"EMAIL_MAILERS": {"a": {"TIMEOUT": 0}}}, "EMAIL_MAILERS['a']['TIMEOUT']=0.0; expected seconds"),
        (
            {"EMAIL_MAILERS": {"a": {"BACKEND": "smtp", "HOST": "b.example", "SSL_CAFILE": "/nowhere"}}},
            "EMAIL_MAILERS['a']['SSL_CAFILE']='/nowhere' cannot be read",
        ),
        (
            {"EMAIL_BACKEND": "failover", "EMAIL_FAILOVER": ("a",), "EMAIL_MAILERS": {"a": {"BACKEND": "smpt"}}},
            "EMAIL_MAILERS['a']['BACKEND']='smpt' is not a backend",
        ),
        ({"EMAIL_MAILERS": {"a": {"HOST_PASSWORD": 7}}}, "expected a str or Secret that is not empty"),
    ],
)
def test_settings_that_no_mailer_can_be_made_of_stop_the_start(module, settings, says):
    """The error says which setting, what it is, and what would be accepted."""
    module.Backend = answering(None)
    module.NoSend = int
    module.function = print
    module.TEXT = "text"
    module.Needs = type("Needs", (), {"__init__": lambda self, key: None, "send": print})
    module.Odd = type("Odd", (), {"concurrency": "many", "send": print})
    with override_settings(**settings), pytest.raises(ImproperlyConfigured) as caught:
        ready()
    assert says in str(caught.value)


def test_a_mailer_is_not_blamed_for_another():
    """What a failover is made of has its own settings."""
    both = {"BACKEND": "failover", "FAILOVER": ("default",)}
    with (
        override_settings(EMAIL_BACKEND="smpt", EMAIL_MAILERS={"both": both}),
        pytest.raises(ImproperlyConfigured) as it,
    ):
        ready()
    assert str(it.value).startswith("EMAIL_BACKEND='smpt' is not a backend")
    assert len(str(it.value).splitlines()) == 1


def test_a_password_never_stands_in_an_error():
    """Not even one that is none."""
    entry = {"HOST_PASSWORD": ["hunter2"], "HOST_USER": ("ada", "hunter2"), "TOKEN": 7, "PORT": "x"}
    with override_settings(EMAIL_MAILERS={"a": entry}), pytest.raises(ImproperlyConfigured) as caught:
        ready()
    assert "hunter2" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 4


def test_an_entry_is_made_of_its_own_keys_and_defaults(tmp_path):
    """A key that is missing has the default, not the value of the setting; text is made what is declared."""
    entry = {"BACKEND": "smtp", "HOST": "bulk.example.org", "HOST_PASSWORD": "x", "TIMEOUT": 5, "SSL_CAFILE": "ca.pem"}
    with override_settings(EMAIL_HOST="mail.example.org", EMAIL_PORT=2525, EMAIL_MAILERS={"bulk": entry}):
        made = mailer_settings("bulk")
        assert (made.EMAIL_HOST, made.EMAIL_PORT, made.EMAIL_TIMEOUT) == ("bulk.example.org", None, 5.0)
        assert Secret("x") == made.EMAIL_HOST_PASSWORD
        assert made.EMAIL_SSL_CAFILE.name == "ca.pem"
        assert mailer_settings("default").EMAIL_PORT == 2525


def test_an_app_with_settings_that_cannot_be_used_does_not_start():
    """It is said before any request is taken."""

    async def start():
        async with lifespan():
            pass

    with (
        override_settings(EMAIL_BACKEND="smpt", INSTALLED_APPS=("openviper.core.email",)),
        pytest.raises(RuntimeError, match=r"ready\(\) for installed app 'openviper.core.email' raised an error"),
    ):
        asyncio.run(start())


def test_a_settings_module_that_does_not_exist_is_an_error_of_the_settings():
    """Mail is not sent by other settings than those that were meant."""
    code = (
        "import asyncio\nfrom openviper.core.email import send_email\n"
        "asyncio.run(send_email('ada@example.org', 's', 't', fail_silently=True))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"OPENVIPER_SETTINGS_MODULE": "nothing.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "ImproperlyConfigured" in done.stderr
    assert "nothing" in done.stderr


def test_an_entry_is_read_once_as_long_as_it_is_in_force():
    """It is asked for with each message; other settings make other ones, and back again."""
    with override_settings(EMAIL_MAILERS={"bulk": {"PORT": 1}, "own": {"PORT": 2}}):
        bulk, own = mailer_settings("bulk"), mailer_settings("own")
        assert (bulk.EMAIL_PORT, own.EMAIL_PORT) == (1, 2)
        assert mailer_settings("bulk") is bulk
        assert mailer_settings("own", section(EmailSettings)) is own
        with override_settings(EMAIL_MAILERS={"bulk": {"PORT": 3}}):
            assert mailer_settings("bulk").EMAIL_PORT == 3
            with pytest.raises(ImproperlyConfigured, match="names no mailer"):
                mailer_settings("own")
        assert mailer_settings("bulk") == bulk


def test_settings_tell_whose_they_are():
    """Of those that were asked for."""
    with override_settings(EMAIL_MAILERS={"bulk": {}, "own": {}}):
        assert mailer_name(mailer_settings("own")) == "own"
        assert mailer_name(mailer_settings("bulk")) == "bulk"
        assert mailer_name(mailer_settings("default")) == "default"
        assert mailer_name(EmailSettings()) == "default"


@pytest.mark.parametrize(
    ("key", "given", "made"),
    [
        ("PORT", None, None),
        ("PORT", 25, 25),
        ("AUTH", "login", "login"),
        ("USE_TLS", None, None),
        ("USE_TLS", False, False),
        ("TIMEOUT", 3, 3.0),
        ("HOST_PASSWORD", "x", Secret("x")),
        ("HOST_PASSWORD", Secret("x"), Secret("x")),
        ("HOST_PASSWORD", None, None),
        ("SSL_CAFILE", "/ca.pem", Path("/ca.pem")),
        ("SSL_CAFILE", Path("/ca.pem"), Path("/ca.pem")),
        ("FAILOVER", ["a", "b"], ("a", "b")),
        ("FAILOVER", ("a",), ("a",)),
    ],
)
def test_an_entry_becomes_what_the_setting_has(key, given, made):
    """As a settings module writes it, and as JSON does."""
    with override_settings(EMAIL_MAILERS={"bulk": {key: given}}):
        found = getattr(mailer_settings("bulk"), f"EMAIL_{key}")
    assert (type(found), found) == (type(made), made)
