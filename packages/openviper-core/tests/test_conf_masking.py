"""How a value is shown: secrets masked, in one line."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from openviper.conf import Secret
from openviper.conf._masking import masked
from openviper.conf._shown import shown


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
        ("HEADERS", (("Authorization", "hunter2"), ("Host", "h")), "(('Authorization', '***'), ('Host', 'h'))"),
        ("HEADERS", [["X-Api-Key", "hunter2"]], "[['X-Api-Key', '***']]"),
        ("HEADERS", [(b"authorization", b"hunter2")], "[(b'authorization', '***')]"),
        ("HEADERS", {"h": [("Authorization", ["hunter2"])]}, "{'h': [('Authorization', ['***'])]}"),
        ("SENTRIES", [("dsn", "https://hunter2@h/1")], "[('dsn', 'https://***@h/1')]"),
        ("HEADERS", ("Authorization", "Content-Type"), "('Authorization', 'Content-Type')"),
        ("COMMAND", ["sql", "--password", "hunter2", "db"], "['sql', '--password', '***', 'db']"),
        ("COMMAND", ["--password=hunter2", "db"], "['--password=***', 'db']"),
        ("RATE_LIMIT_MAX_KEYS", 100_000, "100000"),
        ("RATE_LIMIT_MAX_KEYS", "hunter2", "'***'"),
        ("SECRET_KEYS", 5, "'***'"),
        ("PASSWORD_LENGTH", 12, "12"),
        ("PASSWORD_LENGTH", "hunter2", "'***'"),
        ("RATE_LIMIT_KEY", "ip", "'ip'"),
        ("WEBHOOK_SLACK", "https://hooks.example/hunter2", "'***'"),
        ("WEBHOOK_TARGETS", ["https://h.example/hunter2", "ok"], "['***', 'ok']"),
        ("WEBHOOKS", {"sales": "https://h.example/hunter2"}, "{'sales': '***'}"),
        ("WEBHOOK_TARGETS", {"a": {"b": "https://h.example/hunter2"}, "n": 3}, "{'a': {'b': '***'}, 'n': 3}"),
        ("ALERTS", {"webhook_targets": [("a", "https://h.example/hunter2")]}, "{'webhook_targets': [('a', '***')]}"),
        ("WEBHOOK_PATH", "/hooks/stripe", "'/hooks/stripe'"),
        ("WEBHOOK_TIMEOUT", 5, "5"),
        ("DOOR_PIN", 1234, "'***'"),
        ("DBPASS", 1234, "'***'"),
        ("CREDENTIALS", '{"private_key": "hunter2"}', "'***'"),
        ("GOOGLE", '{"private_key": "hunter2"}', "'{\"private_key\": ***}'"),
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


@dataclass
class Mailer:
    """What a project may put into its settings."""

    host: str
    SMTP_PASSWORD: str
    options: Any = None
    hidden: str = field(default="hunter2", repr=False)


@dataclass(repr=False)
class Shy:
    """One that shows itself in its own way."""

    value: str = "hunter2"

    def __repr__(self):
        return "<Shy>"


class Login(NamedTuple):
    user: str
    token: str


class Hosts(list):
    """A list of a project's own."""


class SecretStr:
    """As pydantic's: it masks itself."""

    def __repr__(self):
        return "SecretStr('**********')"


class Broken:
    def __repr__(self):
        raise ValueError("hunter2")


class Client:
    """An object whose repr names what it holds, as those of attrs and pydantic do."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


@pytest.mark.parametrize(
    ("value", "text", "plain"),
    [
        (Mailer("a", "hunter2"), "Mailer(host='a', SMTP_PASSWORD='***', options=None)", None),
        ([Mailer("a", "hunter2")], None, [{"host": "a", "SMTP_PASSWORD": "***", "options": None}]),
        ({"x": (Mailer("amqp://u:hunter2@h", ""),)}, None, None),
        (
            Mailer("a", "", {"api_key": "hunter2"}),
            None,
            {"host": "a", "SMTP_PASSWORD": "", "options": {"api_key": "***"}},
        ),
        (Login("me", "hunter2"), "Login(user='me', token='***')", {"user": "me", "token": "***"}),
        (Shy(), "<Shy>", "<Shy>"),
        (Hosts(["amqp://u:hunter2@h"]), "Hosts(['amqp://u:***@h'])", ["amqp://u:***@h"]),
        (deque([{"password": "hunter2"}]), "deque([{'password': '***'}])", [{"password": "***"}]),
        (deque(), "deque([])", []),
        (OrderedDict(a={"token": "hunter2"}), "{'a': {'token': '***'}}", {"a": {"token": "***"}}),
        ({"a": Secret("hunter2")}, "{'a': Secret('***')}", {"a": "***"}),
        ([SecretStr()], "[SecretStr('**********')]", ["SecretStr('**********')"]),
        ({("amqp://u:hunter2@h",): 1}, "{('amqp://u:***@h',): 1}", {"('amqp://u:***@h',)": 1}),
        ({"amqp://u:hunter2@h": 1}, None, {"amqp://u:***@h": 1}),
        (SimpleNamespace(api_key="hunter2", n=1), "namespace(api_key=***, n=1)", "namespace(api_key=***, n=1)"),
        (Client("C(SECRET_KEY='hunter2', n=1)"), "C(SECRET_KEY=***, n=1)", None),
        (Client("C(SECRET_KEY=b'hunter2', n=1)"), "C(SECRET_KEY=***, n=1)", None),
        (Client("C(clientSecret=hunter2)"), "C(clientSecret=***)", None),
        (Client("C(o={'access_token': 'hunter2', 'n': 1})"), "C(o={'access_token': ***, 'n': 1})", None),
        (Client("C(api_keys={'a': 'hunter2'}, n=1)"), "C(api_keys=***", None),
        (Client("C(token=Wrapped('hunter2 hunter2'))"), "C(token=***", None),
        (Client("<C n=1, url=amqp://u:hunter2@h>"), "<C n=1, url=amqp://u:***@h>", None),
        (Broken(), "<Broken, whose repr raised ValueError>", None),
        (timedelta(minutes=1), "datetime.timedelta(seconds=60)", 60.0),
        (PurePosixPath("/srv"), "PurePosixPath('/srv')", "/srv"),
        (float("inf"), "inf", "inf"),
        (b"amqp://u:hunter2@h", "b'amqp://u:***@h'", None),
        ("x" * 1000, repr("x" * 1000), "x" * 1000),
        ([1, 2.5, True, None, ()], "[1, 2.5, True, None, ()]", [1, 2.5, True, None, []]),
    ],
)
def test_text_and_json_hide_the_same(value, text, plain):
    """In whatever it stands, and whole; ``None`` for a form that only has to hide."""
    found = masked("MAILERS", value)
    assert text in (None, found.text)
    assert plain in (None, found.json)
    assert "hunter2" not in found.text + json.dumps(found.json)


def test_an_address_inside_an_object_of_a_webhooks_is_one_of_it():
    """What stands beside it is shown."""
    assert masked("WEBHOOK_MAILER", Mailer("https://h.example/hunter2", "", 3)).text == (
        "Mailer(host='***', SMTP_PASSWORD='', options=3)"
    )


@pytest.mark.parametrize(
    "value", [Login("me", "you"), Mailer("me", "you"), Hosts(["me"]), Client("me"), {"a": ("me",)}]
)
def test_a_secret_name_hides_all_that_stands_below_it(value):
    """In JSON as in text."""
    found = masked("API_KEYS", value)
    assert "***" in found.text
    assert "me'" not in found.text + json.dumps(found.json)
    assert '"me"' not in json.dumps(found.json)


def test_an_object_that_holds_itself_ends():
    """As with Python's own repr."""
    mailer = Mailer("a", "hunter2")
    mailer.options = [mailer]
    assert masked("MAILER", mailer).text == "Mailer(host='a', SMTP_PASSWORD='***', options=[...])"


def test_an_int_of_too_many_digits_is_no_error():
    """Python refuses to write it, and so does JSON."""
    found = masked("SIZE", [10**5000])
    assert found.text == "[<int, whose repr raised ValueError>]"
    assert json.dumps(found.json) == '["<int, whose repr raised ValueError>"]'
