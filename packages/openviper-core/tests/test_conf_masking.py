"""How a value is shown: secrets masked, in one line."""

from __future__ import annotations

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
