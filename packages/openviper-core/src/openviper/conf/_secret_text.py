"""Secrets inside texts: URLs, connection strings, command lines, headers, JSON and reprs."""

from __future__ import annotations

import re
from binascii import a2b_base64

from openviper.conf._secret import MASK
from openviper.conf._secret_names import names_a_secret, names_a_service, names_a_webhook

__all__ = ["repr_without_secrets", "text_without_secrets"]

# Its lines stand between; one whose end is missing goes to the end of the text.
PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----).*?(?=-----END|\Z)", re.DOTALL)
# user:password of a URL, before the last @: a password may hold @, / and spaces itself. Oracle writes user/password.
CREDENTIALS = re.compile(
    r"(://[^\s:/?#@]*:|\boracle(?:\+\w+)?://[^\s:/?#@]*/|\boracle:\w+:[^\s:/@]*/).+", re.DOTALL | re.IGNORECASE
)
# user/password@host, where a name says that it is an address.
EASY_CONNECT = re.compile(r"\A([^\s:/?#@=]+/).+", re.DOTALL)
USER = re.compile(r"(://)[^\s:/?#@]+(@)")
# So long a user is the key itself, whatever the name says: https://key@errors.example/1.
LONG_USER = re.compile(r"(://)[\w-]{20,}(@)")
# Of a webhook it is the secret itself: whoever has it may call it.
ADDRESS = re.compile(r"\b\w++://[^\s'\"<>]+")
LITERAL = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
# Some schemes have more than one word, and quotes among them.
AUTHORIZATION = re.compile(rf"(\bauthorization\\*['\"]?\s*[:=]\s*)(?:{LITERAL}|[^\r\n]+)", re.IGNORECASE)
BEARER = re.compile(r"\b(bearer\s+)[\w.~+/=-]+", re.IGNORECASE)
BASIC = re.compile(r"\b(basic\s+)([A-Za-z0-9+/]{4,}+)={0,2}", re.IGNORECASE)
# Without a space behind the colon it could be a dotted name: app.cookie:Provider.
COOKIE = re.compile(r"(\b(?:set-)?cookie:)[^\s=;,:]++=[^\r\n]*", re.IGNORECASE)
# -u is curl's, and that of others; among more letters, or with its value at once, it is told only where curl stands.
USER_OPTION = re.compile(r"(?:^|(?<=[\s'\"]))(?:-[uU]\s+|--(?:proxy-)?user(?:\s+|=))")
CURL_OPTION = re.compile(r"(?:^|(?<=[\s'\"]))(?:-[A-Za-z#]{0,8}?[uU]\s*|--(?:proxy-)?user(?:\s+|=))")
# Not the +%H:%M of date, nor the user and group of a container: -u 1000:1000.
USER_AND_PASSWORD = re.compile(r"(?!\d+:\d+(?!\S))['\"$]*[\w.{}%@\\-]+:(?!//)")
# Of a URL's query, of ADO's "Server=db;Password=...", of libpq's "host=db password = 'one two'", of JSON and YAML, of
# --password=... and --password .... A colon alone is none: app.tokens:Provider. No character stands both before a name
# and in one: a run of it would be looked through from each of them.
PARAMETER = re.compile(r"(?:^|(?<=[?&#;,|({\s'\"\\]))([\w.%\[\]-]++)(?:\\*['\"]\s*[=:]\s*|\s*=\s*|:\s+|(\s+))")
# The mask that is there already; what is nested or has its quotes escaped, to the end; else a word as a shell has it,
# up to what separates parameters: escapes and parts in quotes belong to it, a quote that closes something does not.
CLOSING = r"['\"](?:[\s,)\]}'\"]|\Z)"
PART = rf"(?:[^&;\s'\"\\]|\\.?|(?!{CLOSING})(?:{LITERAL}|['\"])|(?:''|\"\"|'\"'|\"'\")(?=[\w'\"\\]))"
PARAMETER_VALUE = re.compile(
    rf"\*\*\*(?=[)}}\]]|,\s)|(?:\\+['\"]|[\[{{]).*"
    rf"|(?:{LITERAL})(?:(?![,:|<>()\[\]{{}}]){PART}*)?|['\"].*|{PART}+",
    re.DOTALL,
)
# Of "name: value": to the end of the line, or of the quotes, where that is all. Lists and blocks of YAML, and what is
# nested, to the end of the text.
LINE_VALUE = re.compile(
    rf"\*\*\*(?=[)}}\]]|,\s)|(?:\\+['\"]|[\[{{]|[|>][-+\d]*[ \t]*[\r\n]|-\s).*"
    rf"|(?:{LITERAL})(?=\s*(?:[,;)\]}}'\"\\]|\Z)|[ \t]*[\r\n])|(?:{LITERAL})[^\r\n]*|['\"].*|[^\r\n]+",
    re.DOTALL,
)
# Of a test's report.
COUNT = re.compile(r"\d+ of \d+(?![^\s.,;)])")
# Only in a URL: an EMAIL_SIGNATURE is none.
SIGNATURE = re.compile(r"(?:^|[_\W])sig(?:nature)?$", re.IGNORECASE)
# In the repr of a type that is not known here: Mailer(password='...', options={'api_key': '...'}).
LABEL = re.compile(r"\b(\w++)\\*['\"]?\s*[=:]\s*")
# Its value; what is no plain text, number or name is taken to the end of the whole repr.
LABELLED = re.compile(rf"b?(?:{LITERAL})|(?!\\)[^\s,()\[\]{{}}'\"]+(?=[\s,)\]}}'\"]|$)|.*", re.DOTALL)


def text_without_secrets(text: str, name: str) -> str:
    """Return the text of the setting ``name``, secrets masked where it can be told that they are."""
    text = _without_passwords_of_users(PRIVATE_KEY.sub(rf"\1{MASK}", text))
    if names_a_webhook(name):
        text = ADDRESS.sub(MASK, text)
    is_service = names_a_service(name)
    text = (USER if is_service else LONG_USER).sub(rf"\1{MASK}\2", text)
    before, at, after = text.rpartition("@")
    before = CREDENTIALS.sub(rf"\1{MASK}", before)
    if is_service and "://" not in before:
        before = EASY_CONNECT.sub(rf"\1{MASK}", before)
    text = AUTHORIZATION.sub(rf"\1{MASK}", before + at + after)
    text = BASIC.sub(_masked_basic, BEARER.sub(rf"\1{MASK}", text))
    return _without_parameters(COOKIE.sub(rf"\1{MASK}", text))


def repr_without_secrets(text: str, name: str) -> str:
    """Return the repr of what is not known here, secrets masked.

    Its labels come first: what stands behind one may be cut in two by what comes after.
    """
    return text_without_secrets(_without_labelled(text), name)


def _without_passwords_of_users(text: str) -> str:
    parts: list[str] = []
    position = 0
    option = CURL_OPTION if "curl" in text else USER_OPTION
    while (label := option.search(text, position)) is not None:
        parts.append(text[position : label.end()])
        position = label.end()
        value = PARAMETER_VALUE.match(text, position) if USER_AND_PASSWORD.match(text, position) else None
        if value is not None:
            parts.append(MASK)
            position = value.end()
    return "".join((*parts, text[position:]))


def _masked_basic(found: re.Match[str]) -> str:
    """Mask what is user and password; a sentence may have the word too."""
    letters = found[2]
    try:
        text = a2b_base64(letters + "=" * (-len(letters) % 4)).decode()
    except ValueError:
        return found[0]
    return found[1] + MASK if ":" in text else found[0]


def _without_parameters(text: str) -> str:
    parts: list[str] = []
    position = 0
    while (label := PARAMETER.search(text, position)) is not None:
        parts.append(text[position : label.end()])
        position = label.end()
        value = _parameter_value(label) if _is_secret_parameter(label) else None
        if value is not None:
            parts.append(MASK)
            position = value.end()
    return "".join((*parts, text[position:]))


def _is_secret_parameter(label: re.Match[str]) -> bool:
    name = label[1]
    # Nothing but spaces before the value: an option of a command line, or two words.
    if label[2] is not None and not name.startswith("--"):
        return False
    return names_a_secret(name) or SIGNATURE.search(name) is not None


def _parameter_value(label: re.Match[str]) -> re.Match[str] | None:
    if not label[0].rstrip().endswith(":"):
        return PARAMETER_VALUE.match(label.string, label.end())
    if COUNT.match(label.string, label.end()):
        return None
    return LINE_VALUE.match(label.string, label.end())


def _without_labelled(text: str) -> str:
    parts: list[str] = []
    position = 0
    while (label := LABEL.search(text, position)) is not None:
        parts.append(text[position : label.end()])
        position = label.end()
        value = LABELLED.match(text, position) if names_a_secret(label[1]) else None
        if value is not None:
            parts.append(MASK)
            position = value.end()
    return "".join((*parts, text[position:]))
