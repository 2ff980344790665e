"""Names whose plain value is no business of a log, whatever type the project gave them."""

from __future__ import annotations

import re

__all__ = ["names_a_count", "names_a_secret", "names_a_service"]

# What ends like a password is one, whatever stands before it: DBPASSWORD. A pass may be a COMPASS or a BYPASS.
# A key is one by itself or behind a word that makes it one: APIKEY, and not MONKEY.
NAMES = re.compile(
    r"(?:^|[_\W])(?:(?:API|APP|APPLICATION|ACCESS|PRIVATE|SECRET|SHARED|ACCOUNT|STORAGE|SERVICE|CLIENT|SERVER|CONSUMER"
    r"|USER|AUTH|SESSION|COOKIE|SIGN|SIGNING|ENCRYPTION|MASTER|LICEN[CS]E|DEPLOY|WEBHOOK|SSH|SSL|TLS|RSA|AES|HMAC|JWT|PASS)?KEYS?"
    r"|CREDENTIALS?|AUTHORIZATION|PW|(?:PINS?|JWTS?)(?=\d*$)"
    r"|[^_\W]*(?:PASSWORDS?|PASSWD|PASSPHRASES?|PASSCODES?|PWD|SECRETS?|TOKENS?"
    r"|(?<!COM)(?<!BY)(?<!SUR)(?<!TRES)(?<!OVER)(?<!UNDER)(?<!MULTI)PASS))\d*(?:$|[_\W])",
    re.IGNORECASE,
)
# Where a word begins in clientSecret and APIKey.
WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
KEYS = re.compile(r"(?<![^_\W])KEYS(?![^_\W])", re.IGNORECASE)
# The user alone is the secret in the URL of such a service: https://key@errors.example/1.
SERVICES = re.compile(r"(?:^|[_\W])(?:DSNS?|SENTRY|ORACLE)\d*(?:$|[_\W])", re.IGNORECASE)


def names_a_secret(name: str) -> bool:
    """Whether the name says that what it has is a secret."""
    return NAMES.search(_in_words(name)) is not None


def names_a_count(name: str) -> bool:
    """Whether a number of this name counts keys, as ``MAX_KEYS`` does, and nothing else in the name is a secret."""
    name = _in_words(name)
    return KEYS.search(name) is not None and NAMES.search(KEYS.sub("", name)) is None


def names_a_service(name: str) -> bool:
    """Whether the name says that it has the address of a service, with what opens it."""
    return SERVICES.search(_in_words(name)) is not None


def _in_words(name: str) -> str:
    return WORDS.sub("_", name)
