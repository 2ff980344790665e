"""Which origins are ours: exact ones, wildcards in host and port, and regular expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address

from openviper.conf import ImproperlyConfigured
from openviper.middleware._options import Option
from openviper.middleware._origins import InvalidOrigin, Origin, parse_origin

__all__ = ["OriginPatterns"]

#: So many that a wildcard or regular expression allowed are remembered, to be matched only once.
_MOST_REMEMBERED = 1024
# Hosts that have nothing in common: whatever matches one of them as a whole is about more than the names it was meant
# for. All ways to write a name are among them: with and without digits, hyphens and more labels.
_NAMES = ("stranger", "a-stranger", "stranger7", "a.stranger", "a-1.stranger-7", "7")
_SUFFIXES = ("invalid", "com", "org", "net", "io", "dev", "app", "eu", "de", "co.uk")
_HOSTS = [f"{name}.{suffix}" for name in _NAMES for suffix in _SUFFIXES]
_STRANGERS = [f"{scheme}://{host}{port}" for scheme in ("https", "http") for host in _HOSTS for port in ("", ":8443")]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Origins that differ in the port, or in the labels before a host."""

    origin: Origin
    any_label: bool
    any_port: bool

    def matches(self, other: Origin) -> bool:
        own = self.origin
        if other.scheme != own.scheme or not (self.any_port or other.port == own.port):
            return False
        return other.host.endswith(f".{own.host}") if self.any_label else other.host == own.host


class OriginPatterns:
    """The origins of ``CORS_ALLOWED_ORIGINS`` and ``CORS_ALLOWED_ORIGIN_REGEXES``.

    Args:
        origins: ``https://a.example``; ``https://*.a.example`` for every name below it, and not it; ``:*`` for any
            port or none; ``null``; or ``*`` alone, for all.
        regexes: Each has to match a whole origin, which is in lower case and names no default port.

    Raises:
        ImproperlyConfigured: One of them is no sequence, or holds something else.
    """

    def __init__(self, origins: Option, regexes: Option) -> None:
        values, expressions = origins.strings(), regexes.each(_compile)
        self.any = "*" in values
        if self.any and (len(values) > 1 or expressions):
            raise ImproperlyConfigured(f"{origins.place} has '*' beside other origins; '*' alone allows them all")
        exact: set[bytes] = set()
        patterns: list[_Pattern] = []
        for pattern in origins.each(_parse_pattern) if not self.any else ():
            if pattern is None or not (pattern.any_label or pattern.any_port):
                exact.add(b"null" if pattern is None else str(pattern.origin).encode("ascii"))
            else:
                patterns.append(pattern)
        #: As browsers send them.
        self.exact = frozenset(exact)
        self._patterns = tuple(patterns)
        self._regexes = tuple(expressions)
        self._has_inexact = bool(patterns or expressions)
        self._remembered: set[bytes] = set()

    def __bool__(self) -> bool:
        """Tell whether any origin at all is allowed."""
        return self.any or bool(self.exact) or self._has_inexact

    def allows(self, sent: bytes) -> bool:
        """Tell whether the value of an Origin header is one of them."""
        return self.any or sent in self.exact or self.allows_inexact(sent)

    def allows_inexact(self, sent: bytes) -> bool:
        """Tell whether a wildcard or a regular expression allows what is not listed itself."""
        if sent in self._remembered:
            return True
        if not self._has_inexact or not self._matches(sent.decode("latin-1")):
            return False
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered.add(sent)
        return True

    def first_for_strangers(self) -> str | None:
        """Return the first regular expression that sites of nobody in particular match: ``https://.*``.

        It is tried with a list of them; one that is about others alone, such as ``https://.+\\.museum``, is not found.
        """
        found = (each.pattern for each in self._regexes if any(each.fullmatch(stranger) for stranger in _STRANGERS))
        return next(found, None)

    def _matches(self, text: str) -> bool:
        try:
            origin = parse_origin(text)
        except InvalidOrigin:
            return False
        # Browsers send one form of it only; whoever sends another is none, and an expression is spared the others.
        if str(origin) != text:
            return False
        if any(pattern.matches(origin) for pattern in self._patterns):
            return True
        return any(regex.fullmatch(text) for regex in self._regexes)


def _parse_pattern(item: Option) -> _Pattern | None:
    """Return one origin with its wildcards, ``None`` for ``null``."""
    value = item.text()
    if value == "null":
        return None
    scheme, separator, rest = value.partition("://")
    any_label, any_port = rest.startswith("*."), rest.endswith(":*")
    host = rest.removeprefix("*.").removesuffix(":*")
    if "*" in scheme + host:
        raise ImproperlyConfigured(
            f"{item} has a '*' in an unusable place; expected 'https://*.example.org', 'http://localhost:*' or '*'"
        )
    try:
        origin = parse_origin(f"{scheme}{separator}{host}")
    except InvalidOrigin as error:
        raise ImproperlyConfigured(f"{item} {error}") from None
    if any_port and ":" in host.rpartition("]")[2]:
        raise ImproperlyConfigured(f"{item} has two ports; expected one, or '*'")
    if any_label and _is_address(origin.host):
        raise ImproperlyConfigured(f"{item} has a '*' before an address; there are no names below it")
    return _Pattern(origin, any_label, any_port)


def _is_address(host: str) -> bool:
    if host.startswith("["):
        return True
    try:
        return bool(IPv4Address(host))
    except ValueError:
        return False


def _compile(item: Option) -> re.Pattern[str]:
    try:
        regex: re.Pattern[str] = re.compile(item.value)
        # One of bytes compiles too.
        regex.fullmatch("")
    except (re.error, TypeError) as error:
        raise ImproperlyConfigured(f"{item} is not a regular expression: {error}") from None
    return regex
