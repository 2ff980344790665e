"""Names that say what stands behind them."""

from __future__ import annotations

import pytest

from openviper.conf._secret_names import (
    names_a_count,
    names_a_secret,
    names_a_service,
    names_a_webhook,
)

SECRETS = """PASS DBPASS DB_PASS USERPASS userPass PASSPHRASES PASSCODE DOOR_PASSCODES PASSKEY JWT SERVICE_JWT JWTS JWT2
CLIENTKEY clientKey SERVERKEY APPKEY SSHKEY SESSIONKEYS KEYS MAX_KEYS PIN DOOR_PIN PINS PIN2 DB_PW X-Api-Key authToken
DBPASSWORD PASSWORD1 user[password]
STRIPE_KEY KEY KEY_1 KEY_ID STRIPE_KEY_LIVE FERNET_KEYS PRIMARY_KEY ROUTING_KEY SITE_KEY API_KEY_PREFIX SECRET_KEY_FILE
SIGNING_KEY ENCRYPTION_KEY AUTH_KEY AWS_ACCESS_KEY_ID SECRET_SORT_KEY PUBLIC_API_KEY
HASHIDS_SALT SALT_2 passwordSalt PEPPER PASSWORD_PEPPER AUTH_PEPPERS
SLACK_WEBHOOK_URL SLACK_WEBHOOK WEBHOOKS webhookUrl webhookurl WEB_HOOK_URL WEBHOOK_SALES_URLS
WEBHOOK_ENDPOINT WEBHOOK_KEY auth BASIC_AUTH http-auth Cookie Set-Cookie session_id"""
PLAIN = """MONKEY HOTKEY TURKEY DONKEY KEYBOARD KEYFILE COMPASS ENCOMPASS BYPASS TRESPASS OVERPASS MULTIPASS PASSENGER
JWT_ALGORITHM PINNED SPINS PIN_LENGTH SHIPPING MAPPING TOKENIZER SECRETARY PWDS HOST SIGNATURE hotkeyMap
RATE_LIMIT_KEY RATELIMIT_KEY SORT_KEY sortKey CACHE_KEY CACHE_KEYS KEY_PREFIX keyPrefix CACHE_KEY_FUNCTION KEY_FILE
PUBLIC_KEY JWT_PUBLIC_KEY STRIPE_PUBLISHABLE_KEY PARTITION_KEY FOREIGN_KEYS IDEMPOTENCY_KEY WHISKEY
SALTY BASALT SALTIRE PEPPERMINT WEBHOOK_PATH WEBHOOK_TIMEOUT WEBHOOK_EVENTS URL HOOK_URL
AUTH_USER_MODEL AUTHOR OAUTH OAuth SESSION_COOKIE_NAME COOKIE_AGE SESSION_ENGINE"""


@pytest.mark.parametrize("name", SECRETS.split())
def test_a_name_says_that_it_has_a_secret(name):
    """Whatever word stands before it, and in whatever case."""
    assert names_a_secret(name)


@pytest.mark.parametrize("name", PLAIN.split())
def test_a_name_that_only_sounds_so_has_none(name):
    """What is hidden without need cannot be looked up."""
    assert not names_a_secret(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *[
            (name, True)
            for name in ("RATE_LIMIT_MAX_KEYS", "maxKeys", "PASSWORD_MIN_LENGTH", "tokenTtl", "SALT_ROUNDS")
        ],
        *[(name, False) for name in ("KEY", "TOKEN_KEYS", "APIKEYS", "LENGTH_OF", "")],
    ],
)
def test_a_number_may_count_keys_or_measure_a_secret(name, expected):
    """Keys only where nothing else in the name is a secret."""
    assert names_a_count(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("SENTRY_DSN", True), ("sentryDsn", True), ("SENTRY_URL", True), ("ORACLE", True), ("URL", False)],
)
def test_a_service_is_known_by_its_name(name, expected):
    """Its address alone may open it."""
    assert names_a_service(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("WEBHOOK_SLACK", True), ("webhookTargets", True), ("WEB_HOOKS", True), ("HOOK", False), ("WEB", False)],
)
def test_a_webhook_is_known_by_its_name(name, expected):
    """Whatever else stands in it."""
    assert names_a_webhook(name) is expected
