"""What a Host header may hold, and which hosts are ours.

The grammar is that of RFC 9112, 3.2 and RFC 3986, 3.2.2 and 3.2.3, without what no browser sends: percent-encodings,
empty ports, IPv6 zones, and in names any punctuation but ``-``, ``_`` and ``.``.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from openviper.conf import ImproperlyConfigured

if TYPE_CHECKING:
    from openviper.middleware._options import Option

__all__ = ["HostPatterns", "InvalidHost", "split_host"]

_PORT = r"(?::(?P<port>[0-9]{1,5}))?"
_NAME = re.compile(r"(?P<host>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?" + _PORT)
_BRACKETS = re.compile(r"\[(?P<host>[0-9a-f:.]+)\]" + _PORT)

# The longest name that DNS has (RFC 1035, 2.3.4), and a colon with a port.
_LONGEST_NAME = 255
_LONGEST = _LONGEST_NAME + 6

#: What is found first in a host that is not one, and what to say of it; nobody is shown the host itself.
_REASONS = (
    (re.compile(r","), "there is more than one host"),
    (re.compile(r"[^!-~]"), "the host has white space, a control character or one that is not ASCII"),
    (re.compile(r"@"), "the host has userinfo before it"),
    (re.compile(r"[/\\?#]"), "the host has a path, a query or a fragment after it"),
    (re.compile(r"\[[^\]]*%"), "the IPv6 address has a zone"),
    (re.compile(r"%"), "the host has a percent-encoding"),
    (re.compile(r"\A(?!\[[^][]*\](?::[^][]*)?\Z).*[][]"), "the host has brackets that are not around all of it"),
    (re.compile(r":(?![0-9]{1,5}\Z)[^]:]*\Z"), "the port is not a number of up to 65535"),
    (re.compile(r"\A\["), "what is in brackets is not an IPv6 address"),
    (re.compile(r":.*:"), "the host has more than one colon; an IPv6 address stands in brackets"),
    (re.compile(r"\A\.?(?::|\Z)"), "the host is empty"),
    (re.compile(r"\A\.|\.\."), "the host has an empty label"),
)


class InvalidHost(ValueError):
    """The value is not a host with or without a port; the message says why, and does not repeat it."""


def split_host(value: bytes | str) -> tuple[str, int | None]:
    """Return the host, in lower case and without a trailing dot, and the port of ``example.org:8000``.

    An IPv6 address keeps its brackets and is written in its short form: ``[::1]``. The port is ``None`` where there is
    none.

    Raises:
        InvalidHost: It is anything else.
    """
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if len(text) > _LONGEST:
        raise InvalidHost(f"the host is longer than {_LONGEST_NAME} characters")
    # Not before the match: some characters outside ASCII have a lower case inside it.
    text = text.lower() if text.isascii() else text
    found = _NAME.fullmatch(text) or _BRACKETS.fullmatch(text)
    if found is None:
        raise InvalidHost(_reason(text))
    host, port = found["host"], found["port"]
    if len(host) > _LONGEST_NAME:
        raise InvalidHost(f"the host is longer than {_LONGEST_NAME} characters")
    if port is not None and int(port) > 65535:
        raise InvalidHost("the port is not a number of up to 65535")
    return (_ipv6(host) if found.re is _BRACKETS else host), (None if port is None else int(port))


class HostPatterns:
    """The hosts of ``ALLOWED_HOSTS``.

    Args:
        option: ``example.org``; ``.example.org`` for it and every name below it; ``[::1]`` or ``::1``; ``*`` for all.

    Raises:
        ImproperlyConfigured: It is no sequence, or one of them is none of these.
    """

    def __init__(self, option: Option) -> None:
        if isinstance(option.value, str):
            raise _one_string(option, option.value)
        hosts = option.each(_pattern)
        self.any = "*" in hosts
        self._exact = frozenset(host.removeprefix(".") for host in hosts)
        self._suffixes = tuple(host for host in hosts if host.startswith("."))

    def allows(self, host: str) -> bool:
        """Tell whether ``host``, as :func:`split_host` returns it, is one of them."""
        return self.any or host in self._exact or host.endswith(self._suffixes)


def _ipv6(text: str) -> str:
    try:
        return f"[{IPv6Address(text)}]"
    except ValueError:
        raise InvalidHost("what is in brackets is not an IPv6 address") from None


def _reason(text: str) -> str:
    found = (reason for pattern, reason in _REASONS if pattern.search(text))
    return next(found, "the host has a character that names of hosts do not have")


def _pattern(item: Option) -> str:
    """Return one pattern as hosts are compared, with its leading dot."""
    pattern = item.text()
    if pattern == "*":
        return pattern
    dot = "." if pattern.startswith(".") else ""
    name = pattern[len(dot) :]
    if "://" in name:
        raise ImproperlyConfigured(f"{item} has a scheme; expected {_host_of(name)!r}")
    if name.startswith("*."):
        raise ImproperlyConfigured(
            f"{item} is not a host; expected {name[1:]!r}, which is {name[2:]!r} and all names below it"
        )
    try:
        host, port = split_host(f"[{name}]" if _is_ipv6(name) else name)
    except InvalidHost as error:
        raise ImproperlyConfigured(f"{item} is not a host: {error}; {_expected(name)}") from None
    if port is not None:
        raise ImproperlyConfigured(f"{item} has a port; every port is allowed, expected {dot + host!r}")
    if dot and host.startswith("["):
        raise ImproperlyConfigured(f"{item}: there are no names below an address; expected {host!r}")
    return dot + host


def _is_ipv6(name: str) -> bool:
    try:
        return bool(IPv6Address(name))
    except ValueError:
        return False


def _one_string(option: Option, value: str) -> ImproperlyConfigured:
    hosts = tuple(_host_of(each) for each in value.replace(",", " ").split()) or ("example.org",)
    scheme = " with a scheme" if "://" in value else ""
    return ImproperlyConfigured(f"{option} is one string{scheme}; expected a sequence: {hosts!r}")


def _host_of(text: str) -> str:
    """Return the host that was meant by something like ``https://example.org:8000/``."""
    host = re.split(r"[/?#]", text.rpartition("://")[2])[0].rpartition("@")[2]
    return re.sub(r"(?<=[^:]):[0-9]*\Z", "", host)


def _expected(name: str) -> str:
    if not name.isascii():
        return "expected the form that browsers send, 'xn--...'"
    return "expected 'example.org', '.example.org', '[::1]' or '*'"
