"""Names that say what stands behind them."""

from __future__ import annotations

import pytest

from openviper.conf._secret_names import names_a_count, names_a_secret, names_a_service

SECRETS = """PASS DBPASS DB_PASS USERPASS userPass PASSPHRASES PASSCODE DOOR_PASSCODES PASSKEY JWT SERVICE_JWT JWTS JWT2
CLIENTKEY clientKey SERVERKEY APPKEY SSHKEY SESSIONKEYS KEYS MAX_KEYS PIN DOOR_PIN PINS PIN2 DB_PW X-Api-Key authToken
DBPASSWORD PASSWORD1 user[password]"""
PLAIN = """MONKEY HOTKEY TURKEY DONKEY KEYBOARD KEYFILE COMPASS ENCOMPASS BYPASS TRESPASS OVERPASS MULTIPASS PASSENGER
JWT_ALGORITHM PINNED SPINS PIN_LENGTH SHIPPING MAPPING TOKENIZER SECRETARY PWDS HOST SIGNATURE hotkeyMap"""


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
    [("RATE_LIMIT_MAX_KEYS", True), ("maxKeys", True), ("KEY", False), ("TOKEN_KEYS", False), ("APIKEYS", False)],
)
def test_a_number_of_keys_is_no_key(name, expected):
    """Where nothing else in the name is a secret."""
    assert names_a_count(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("SENTRY_DSN", True), ("sentryDsn", True), ("SENTRY_URL", True), ("ORACLE", True), ("URL", False)],
)
def test_a_service_is_known_by_its_name(name, expected):
    """Its address alone may open it."""
    assert names_a_service(name) is expected
