"""Names whose plain value is no business of a log, whatever type the project gave them."""

from __future__ import annotations

import re

__all__ = ["names_a_count", "names_a_secret", "names_a_service", "names_a_webhook"]

# Where a word ends: also in clientSecret and APIKey.
BETWEEN = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# A pass may be a COMPASS or a BYPASS.
PASSWORD = re.compile(
    r"(?:PASSWORDS?|PASSWD|PASSPHRASES?|PASSCODES?|PWD|SECRETS?|TOKENS?"
    r"|(?<!COM)(?<!BY)(?<!SUR)(?<!TRES)(?<!OVER)(?<!UNDER)(?<!MULTI)PASS)$"
)
ANYWHERE = frozenset({"AUTHORIZATION", "CREDENTIAL", "CREDENTIALS", "PEPPER", "PEPPERS", "PW", "SALT", "SALTS"})
AT_THE_END = frozenset({"JWT", "JWTS", "PIN", "PINS"})
# All words of a name: those of headers, and of the options of HTTP clients.
WHOLE = frozenset({"AUTH", "COOKIE", "COOKIES", "HTTPCOOKIE", "SESSIONID", "SETCOOKIE"})
ENDINGS = ("BASICAUTH", "HTTPAUTH", "PROXYAUTH")
ADDRESSES = ("URL", "URLS", "URI", "URIS", "ENDPOINT", "ENDPOINTS")
OPENING = frozenset(
    {
        "ACCESS", "ACCOUNT", "AES", "API", "APP", "APPLICATION", "AUTH", "CLIENT", "CONSUMER", "COOKIE", "DEPLOY",
        "ENCRYPTION", "HMAC", "JWT", "LICENCE", "LICENSE", "MASTER", "PASS", "PRIVATE", "RSA", "SECRET", "SERVER",
        "SERVICE", "SESSION", "SHARED", "SIGN", "SIGNING", "SSH", "SSL", "STORAGE", "TLS", "USER", "WEBHOOK",
    }
)  # fmt: skip
# Not PRIMARY and ROUTING, for some services call their secrets so.
PLAIN_BEFORE = frozenset(
    {
        "CACHE", "FOREIGN", "IDEMPOTENCY", "LIMIT", "LOOKUP", "NATURAL", "PARTITION", "PUBLIC", "PUBLISHABLE",
        "RATELIMIT", "SHARD", "SORT", "THROTTLE",
    }
)  # fmt: skip
PLAIN_BEHIND = frozenset(
    {
        "ALGORITHM", "CLASS", "FIELD", "FILE", "FORMAT", "FUNC", "FUNCTION", "LENGTH", "NAME", "PATH", "PATTERN",
        "PREFIX", "SEPARATOR", "SIZE", "SUFFIX", "TTL", "TYPE", "VERSION",
    }
)  # fmt: skip
MEASURES = frozenset(
    {
        "AGE", "BITS", "BYTES", "COUNT", "DAYS", "HOURS", "ITERATIONS", "LENGTH", "LIFETIME", "LIMIT", "MINUTES",
        "RETRIES", "ROUNDS", "SECONDS", "SIZE", "TIMEOUT", "TTL",
    }
)  # fmt: skip
# The user alone is the secret in the URL of such a service: https://key@errors.example/1.
SERVICES = frozenset({"DSN", "DSNS", "ORACLE", "SENTRY"})


def names_a_secret(name: str) -> bool:
    """Whether the words of a name say that what it has is a secret, or leave that in doubt; case does not count.

    - A word that ends like a password, whatever stands before that: ``DBPASSWORD``, ``authToken``.
    - Credentials, a salt, a pepper: ``PASSWORD_SALT``; a PIN or a JWT at the end: ``DOOR_PIN``.
    - A key: ``STRIPE_KEY``, ``KEY_1``, ``KEY_ID``. Not where the word before it or behind it says that it opens
      nothing: ``SORT_KEY``, ``RATE_LIMIT_KEY``, ``PUBLIC_KEY``, ``KEY_PREFIX``. Behind a word that makes it open
      something it is one whatever follows: ``API_KEY_PREFIX``, ``APIKEYS``. A ``MONKEY`` is none.
    - The address of a webhook, for whoever has it may call it: ``WEBHOOKS``, ``SLACK_WEBHOOK_URL``.
    - What HTTP calls so: ``auth``, ``BASIC_AUTH``, ``Set-Cookie``, ``session_id``; not ``SESSION_COOKIE_NAME``.
    """
    return _are_secret(_words(name))


def names_a_count(name: str) -> bool:
    """Whether a number of this name is no secret: it measures one, ``PASSWORD_LENGTH``, or counts keys, ``MAX_KEYS``.

    Keys are counted where nothing else in the name is a secret.
    """
    words = _words(name)
    others = [word for word in words if word != "KEYS"]
    counts_keys = len(others) < len(words) and not _are_secret(others)
    return counts_keys or not MEASURES.isdisjoint(words[-1:])


def names_a_service(name: str) -> bool:
    """Whether the name says that it has the address of a service, with what opens it."""
    return not SERVICES.isdisjoint(_words(name))


def names_a_webhook(name: str) -> bool:
    """Whether the name speaks of a webhook: every address that it has is a secret."""
    return "WEBHOOK" in "".join(_words(name))


def _words(name: str) -> list[str]:
    """Return the words of a name in upper case, without numbers: ``["API", "KEY"]`` of ``apiKey_2``."""
    words = (word.rstrip("0123456789").upper() for word in BETWEEN.split(name))
    return [word for word in words if word]


def _are_secret(words: list[str]) -> bool:
    whole = "".join(words)
    _, webhook, rest = whole.partition("WEBHOOK")
    if webhook and (rest in ("", "S") or rest.endswith(ADDRESSES)):
        return True
    if whole in WHOLE or whole.endswith(ENDINGS) or not AT_THE_END.isdisjoint(words[-1:]):
        return True
    neighbours = zip(["", *words], words, [*words[1:], ""], strict=False)
    return any(
        word in ANYWHERE or PASSWORD.search(word) or _is_secret_key(before, word, behind)
        for before, word, behind in neighbours
    )


def _is_secret_key(before: str, word: str, behind: str) -> bool:
    if word in ("KEY", "KEYS"):
        return before in OPENING or not (before in PLAIN_BEFORE or behind in PLAIN_BEHIND)
    return word.endswith(("KEY", "KEYS")) and word.removesuffix("S").removesuffix("KEY") in OPENING
