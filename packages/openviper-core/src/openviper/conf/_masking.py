"""How a value is shown in errors, explanations and reprs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from openviper.conf._secret import MASK, Secret

__all__ = ["shown"]

# Names whose plain value is no business of a log, whatever type the project gave them.
# What ends like a password is one, whatever stands before it: DBPASSWORD. A key is not: MONKEY.
NAMES = re.compile(
    r"(?:^|[_\W])(?:PASS|(?:API|ACCESS|PRIVATE|SECRET|SHARED|ACCOUNT|SIGNING|ENCRYPTION|MASTER)?KEYS?|CREDENTIALS?"
    r"|AUTHORIZATION|[^_\W]*(?:PASSWORDS?|PASSWD|PASSPHRASE|PWD|SECRETS?|TOKENS?))\d*(?:$|[_\W])",
    re.IGNORECASE,
)
# Where a word begins in clientSecret and APIKey.
WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# user:password of a URL, before the last @: a password may hold @, / and spaces itself.
CREDENTIALS = re.compile(r"(://[^\s:/?#@]*:).+", re.DOTALL)
# The user alone is the secret in the URL of such a service: https://key@errors.example/1.
SERVICES = re.compile(r"(?:^|[_\W])DSNS?\d*(?:$|[_\W])", re.IGNORECASE)
USER = re.compile(r"(://)[^\s:/?#@]+(@)")
# Of a URL's query, of ADO's "Server=db;Password=...", and of libpq's "host=db password = 'one two'".
PARAMETERS = re.compile(
    r"((?:^|[?&;,\s'\"])(?:[^\W_]*(?:password|passwd|pwd|token|secret)|(?:api_?|account|access|sharedaccess|private)?key)\s*=\s*)"
    r"(?:'(?:[^'\\]|\\.)*'?|\"(?:[^\"\\]|\\.)*\"?|[^&;\s'\"]+)",
    re.IGNORECASE,
)
BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}
# An error is one line, and a line is read.
LONGEST = 120


def shown(name: str, value: object) -> str:
    """Return ``repr(value)`` of the setting ``name``, secrets masked and cut to 120 characters.

    Once a name says that it is secret, so is all that stands below it.
    """
    text = _text(value, name, is_secret=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _text(value: Any, name: str, *, is_secret: bool) -> str:
    name = WORDS.sub("_", name)
    is_secret = is_secret or NAMES.search(name) is not None
    if isinstance(value, Mapping):
        return _mapping(value, is_secret=is_secret)
    if value and type(value) in BRACKETS:
        return _items(value, name, is_secret=is_secret)
    if isinstance(value, Secret):
        return repr(value)  # pyright: ignore[reportUnknownArgumentType] - whatever it holds
    if is_secret and _can_be_secret(value):
        return repr(MASK)
    # Text is looked at as it is, for its repr may escape the quotes in it.
    return repr(_without_passwords(value, name)) if isinstance(value, str) else _without_passwords(repr(value), name)


def _mapping(value: Any, *, is_secret: bool) -> str:
    pairs = [
        f"{_text(key, '', is_secret=False)}: {_text(item, str(key), is_secret=is_secret)}"
        for key, item in value.items()
    ]
    return f"{{{', '.join(pairs)}}}"


def _items(value: Iterable[Any], name: str, *, is_secret: bool) -> str:
    opening, closing = BRACKETS[type(value)]
    items = [_text(item, name, is_secret=is_secret) for item in value]
    comma = "," if type(value) is tuple and len(items) == 1 else ""
    return f"{opening}{', '.join(items)}{comma}{closing}"


def _can_be_secret(value: Any) -> bool:
    """Whether there is anything to hide: what is not given, empty or a bool tells nothing."""
    if isinstance(value, (str, bytes, *BRACKETS)):
        return bool(value)
    return value is not None and not isinstance(value, bool)


def _without_passwords(text: str, name: str) -> str:
    if SERVICES.search(name):
        text = USER.sub(rf"\1{MASK}\2", text)
    before, at, after = text.rpartition("@")
    text = CREDENTIALS.sub(rf"\1{MASK}", before) + at + after
    return PARAMETERS.sub(rf"\1{MASK}", text)
