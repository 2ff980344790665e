"""URLs of attachments, read strictly: what two parsers could understand differently is refused."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, unquote, urlsplit

from openviper.core.email._domain_names import DomainError, ascii_domain, ends_in_number
from openviper.core.email.errors import AttachmentError

__all__ = ["URLTarget", "parse_url", "shown"]

_LONGEST = 8_192
# Of a URL in an error.
_SHOWN = 300
_LONGEST_HOST = 253
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Spaces and controls, which urlsplit drops; the backslash, which browsers take for a slash; halves of characters.
_REFUSED = re.compile("[\\x00-\\x20\\x7f-\\xa0\\u2028\\u2029\\ud800-\\udfff\\\\]")
# What stands behind it is no password, whatever signs it has.
_HOST_ALONE = re.compile(r"//[A-Za-z0-9_.-]+(:[0-9]{1,5})?(/|$)")
_QUERY = re.compile(r"[?#]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


@dataclass(frozen=True, slots=True)
class URLTarget:
    """Where a URL leads."""

    scheme: str
    #: A name in ASCII and lower case, or a literal address without brackets.
    host: str
    port: int
    #: The path and the query, in ASCII.
    target: str
    is_literal: bool

    @property
    def authority(self) -> str:
        """The value of ``Host`` (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def name(self) -> str:
        """The last part of the path, as text; empty: it ends in a slash."""
        return unquote(self.target.partition("?")[0].rpartition("/")[2], errors="replace")

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target.partition('?')[0]}"


def shown(url: str) -> str:
    """Return a URL for an error: without its user, password and query, which may be secrets; cut where it is long."""
    path = _QUERY.split(url, maxsplit=1)[0]
    scheme, colon, rest = path.partition(":")
    if not colon or _HOST_ALONE.match(rest):
        return path[:_SHOWN]
    if "@" in url[len(path) :]:
        # A password with a "?" in it, or a query with an "@": nobody can tell.
        return f"{scheme[:_SHOWN]}://***"
    _, user, host = rest.rpartition("@")
    return f"{scheme}://***@{host}"[:_SHOWN] if user else path[:_SHOWN]


def parse_url(url: str, schemes: Collection[str], ports: Collection[int]) -> URLTarget:
    """Return where a URL leads; nothing is looked up.

    Args:
        url: With ``http`` or ``https``. Beyond ASCII: a host becomes A-labels, a path and a query UTF-8 in percents.
        schemes: Those that are allowed.
        ports: Those that are allowed.

    Raises:
        AttachmentError: It is not allowed, or could be understood in more than one way.
    """
    refused = _REFUSED.search(url)
    if refused or len(url) > _LONGEST:
        has = f"has {refused[0]!r}" if refused else f"has {len(url)} characters, of {_LONGEST} at most"
        raise _unfit(url, f"{has}; expected a URL such as 'https://example.com/data.csv'")
    scheme = url.partition(":")[0].lower()
    if scheme not in schemes or scheme not in _DEFAULT_PORTS:
        allowed = sorted(set(schemes) & set(_DEFAULT_PORTS))
        raise _unfit(url, f"its scheme is {scheme!r:.100}; attachments.ALLOWED_URL_SCHEMES allows {allowed}")
    host, port, path, query = _split(url)
    if port is None:
        port = _DEFAULT_PORTS[scheme]
    if port not in ports:
        raise _unfit(url, f"its port is {port}; attachments.ALLOWED_URL_PORTS allows {sorted(ports)}")
    name, is_literal = _host(url, host)
    target = quote(path or "/", safe="/%:@!$&'()*+,;=~-._")
    if query:
        target += "?" + quote(query, safe="/%:@!$&'()*+,;=~-._?")
    return URLTarget(scheme, name, port, target, is_literal)


def _split(url: str) -> tuple[str, int | None, str, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _unfit(url, f"it cannot be read: {error}") from None
    if "@" in parts.netloc:
        raise _unfit(url, "it has a user or a password; fetch what needs them yourself, and give the bytes")
    if not parts.netloc or parts.netloc.endswith(":"):
        raise _unfit(url, "it has no host, or a colon without a port; expected 'https://example.com/data.csv'")
    # Not parts.hostname, which forgets what stands behind a bracket.
    host = parts.netloc if port is None else parts.netloc.rpartition(":")[0]
    return host, port, parts.path, parts.query


def _host(url: str, host: str) -> tuple[str, bool]:
    """Return the name to look up, or the literal address, and whether it is one."""
    if host.startswith("[") or host.endswith("]"):
        try:
            address = IPv6Address(host[1:-1] if host.startswith("[") and host.endswith("]") else "")
        except AddressValueError:
            raise _unfit(url, "its host is no IPv6 address; expected one such as '[2606:2800:21f:cb07::1]'") from None
        return str(address), True
    if len(host) > _LONGEST_HOST:
        raise _unfit(url, f"its host has {len(host)} characters; expected a name of {_LONGEST_HOST} at most")
    name = _to_ascii(url, host)
    if len(name) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise _unfit(url, "its host is no name; expected letters, digits and hyphens between single dots")
    if not ends_in_number(name):
        return name, False
    try:
        return str(IPv4Address(name)), True
    except AddressValueError:
        raise _unfit(url, "its host is a number; expected a name, or an address with four decimal parts") from None


def _to_ascii(url: str, host: str) -> str:
    try:
        return ascii_domain(host)
    except DomainError as error:
        raise _unfit(url, f"it {error}") from None


def _unfit(url: str, why: str) -> AttachmentError:
    return AttachmentError(f"URL {shown(url)!r:.300}: {why}")
