"""How a value is shown: secrets masked, in one line."""

from __future__ import annotations

from collections import deque
from pathlib import PurePosixPath

import pytest

from openviper.conf import Secret
from openviper.conf._masking import shown


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("PORT", 8000, "8000"),
        ("TITLE", "Shop", "'Shop'"),
        ("SECRET_KEY", Secret("hunter2"), "Secret('***')"),
        ("SECRET_KEY_FALLBACKS", (Secret("hunter2"),), "(Secret('***'),)"),
        ("SECRET_KEY", "hunter2", "'***'"),
        ("EMAIL_HOST_PASSWORD", "hunter2", "'***'"),
        ("STRIPE_API_KEY", "hunter2", "'***'"),
        ("GITHUB_TOKEN", b"hunter2", "'***'"),
        ("API_TOKENS", ["hunter2", "hunter3"], "['***', '***']"),
        ("API_TOKENS", {"hunter2"}, "{'***'}"),
        ("API_TOKENS", frozenset({"hunter2"}), "frozenset({'***'})"),
        ("API_TOKENS", deque(["hunter2"]), "'***'"),
        ("API_TOKENS", ("hunter2",), "('***',)"),
        ("API_TOKENS", (("a", ["hunter2"]),), "(('***', ['***']),)"),
        ("API_KEYS", {"stripe": "hunter2"}, "{'stripe': '***'}"),
        ("API_KEYS", {"stripe": {"live": ["hunter2", 5]}}, "{'stripe': {'live': ['***', '***']}}"),
        ("API_KEYS", {}, "{}"),
        ("API_KEYS", set(), "set()"),
        ("PIN_SECRET", 1234, "'***'"),
        ("PIN_SECRET", 0, "'***'"),
        ("TOKEN_REQUIRED", True, "True"),
        ("email_password", "hunter2", "'***'"),
        ("EMAIL_HOST_PASSWORD", "", "''"),
        ("SECRET_KEY", None, "None"),
        ("MONKEY", "business", "'business'"),
        ("KEYBOARD", "de_CH", "'de_CH'"),
        ("URL", "postgres://me:hunter2@db/app", "'postgres://me:***@db/app'"),
        ("URL", "postgres://me:hun@ter/2@db/app", "'postgres://me:***@db/app'"),
        ("URL", "redis://:hunter2@cache", "'redis://:***@cache'"),
        ("URL", "postgres://db/app?user=me&password=hunter2", "'postgres://db/app?user=me&password=***'"),
        ("URL", "https://example.org/a:b?x=1", "'https://example.org/a:b?x=1'"),
        (
            "DATABASES",
            {"default": {"PASSWORD": "hunter2", "NAME": "app"}},
            "{'default': {'PASSWORD': '***', 'NAME': 'app'}}",
        ),
        ("DATABASES", {"a": {"URL": "mysql://u:hunter2@h/d"}}, "{'a': {'URL': 'mysql://u:***@h/d'}}"),
        ("HOSTS", ["amqp://u:hunter2@h", "ok"], "['amqp://u:***@h', 'ok']"),
        ("HOSTS", {"amqp://u:hunter2@h"}, "{'amqp://u:***@h'}"),
        ("HOSTS", {"amqp://u:hunter2@h": 1}, "{'amqp://u:***@h': 1}"),
        ("DSN", "host=db user=me password=hunter2", "'host=db user=me password=***'"),
        ("DSN", "password=hunter2 host=db", "'password=*** host=db'"),
        ("DSN", "host=db\npassword = hunter2", r"'host=db\npassword = ***'"),
        ("DSN", "password='hun\\'ter2' host=db", "'password=*** host=db'"),
        ("DSN", "password='hun ter2", "'password=***'"),
        ("DSN", "Server=db;Password=hunter2;", "'Server=db;Password=***;'"),
        ("DSN", PurePosixPath("x?password=hunter2"), "PurePosixPath('x?password=***')"),
        ("DSN", "Password=hunter2;Server=x", "'Password=***;Server=x'"),
        ("DSN", "AccountName=me;AccountKey=hunter2;x=y", "'AccountName=me;AccountKey=***;x=y'"),
        ("DSN", "host=db sslpassword=hunter2", "'host=db sslpassword=***'"),
        ("URL", "postgres://u:hun ter2@h/db", "'postgres://u:***@h/db'"),
        ("URL", "postgres://u:hun\nter2@h/db", "'postgres://u:***@h/db'"),
        ("URL", "https://me@example.org/1", "'https://me@example.org/1'"),
        ("SENTRY_DSN", "https://hunter2@host/1", "'https://***@host/1'"),
        ("SENTRY", {"dsn": "https://hunter2@host/1"}, "{'dsn': 'https://***@host/1'}"),
        ("SENTRY", {"sentryDsn": "https://hunter2@host/1"}, "{'sentryDsn': 'https://***@host/1'}"),
        ("OAUTH", {"clientSecret": "hunter2"}, "{'clientSecret': '***'}"),
        ("S3", {"accessKey": "hunter2", "bucket": "b"}, "{'accessKey': '***', 'bucket': 'b'}"),
        ("S3", {"APIKey": "hunter2"}, "{'APIKey': '***'}"),
        ("S3", {"accesskey": "hunter2"}, "{'accesskey': '***'}"),
        ("HEADERS", {"authorization": "Bearer hunter2"}, "{'authorization': '***'}"),
        ("HEADERS", {"Proxy-Authorization": "Basic hunter2"}, "{'Proxy-Authorization': '***'}"),
        ("PASSWORD1", "hunter2", "'***'"),
        ("API_KEY_2", "hunter2", "'***'"),
        ("DBPASSWORD", "hunter2", "'***'"),
        ("AUTHTOKEN", "hunter2", "'***'"),
        ("COMPASS", "north", "'north'"),
        ("hotkeyMap", "x", "'x'"),
        ("TOKENIZER", "words", "'words'"),
        ("URLS", "amqp://u:hunter2@a amqp://v:hunter3@b", "'amqp://u:***@b'"),
        ("TEXT", "sort key=value", "'sort key=***'"),
        ("TEXT", "monkey=business", "'monkey=business'"),
        ("TEXT", "x\ny", "'x\\ny'"),
    ],
)
def test_a_value_is_shown_without_its_secrets(name, value, text):
    """By type, by name, inside URLs and inside containers."""
    assert shown(name, value) == text


def test_a_long_value_is_cut():
    """An error stays a line that can be read."""
    text = shown("TEXT", "x" * 10_000)
    assert len(text) == 120
    assert text.endswith("…")
