"""Who sent a script: scheme, host and port, as browsers write them into ``Origin`` (RFC 6454, 6.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from openviper.middleware._hosts import InvalidHost, split_host

__all__ = ["MAX_ORIGIN_LENGTH", "TLS_SCHEMES", "InvalidOrigin", "Origin", "default_port", "parse_origin"]

#: The most characters of a serialised origin that is looked at: a host has 253 at most, a port 6.
MAX_ORIGIN_LENGTH = 320
#: Those of requests that came over TLS, as ``scope["scheme"]`` has them.
TLS_SCHEMES = frozenset({"https", "wss"})

_EXPECTED = "expected scheme://host or scheme://host:port"
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*")
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_SURPLUS = {
    "/": "has a path, if only its slash; an origin ends with the host or the port",
    "?": "has a query; an origin ends with the host or the port",
    "#": "has a fragment; an origin ends with the host or the port",
}


class InvalidOrigin(ValueError):
    """A text is no serialised origin; the message completes a sentence that starts with it, and holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """An origin; ``str`` of it is what a browser sends.

    Two are equal if they are the same origin: ``https://a.example:443`` and ``https://A.example`` are.
    """

    #: In lower case.
    scheme: str
    #: In lower case, without a trailing dot; an IPv6 address in brackets.
    host: str
    #: The scheme's default where none was written; ``None`` for a scheme that has no default.
    port: int | None

    def __str__(self) -> str:
        if self.port == default_port(self.scheme):
            return f"{self.scheme}://{self.host}"
        return f"{self.scheme}://{self.host}:{self.port}"


def default_port(scheme: str) -> int | None:
    """Return the port that ``scheme``, in lower case, means without saying so: 80, 443, or ``None``."""
    return _DEFAULT_PORTS.get(scheme)


def parse_origin(value: str) -> Origin:
    """Read one serialised origin: ``scheme://host`` or ``scheme://host:port``.

    Args:
        value: What stands in a setting or, decoded as latin-1, in an ``Origin`` header. ``null``, which browsers send
            for pages without an origin of their own, is none.

    Raises:
        InvalidOrigin: It is anything else; the message says what.
    """
    _check_text(value)
    scheme, separator, rest = value.partition("://")
    if not separator or _SCHEME.fullmatch(scheme) is None:
        raise InvalidOrigin(f"has no scheme; {_EXPECTED}")
    scheme = scheme.lower()
    host, port = _split(rest)
    return Origin(scheme, host, _DEFAULT_PORTS.get(scheme) if port is None else port)


def _check_text(value: str) -> None:
    """Refuse what cannot be one origin, before anything is taken apart."""
    if not value:
        raise InvalidOrigin(f"is empty; {_EXPECTED}")
    if len(value) > MAX_ORIGIN_LENGTH:
        raise InvalidOrigin(f"has more than {MAX_ORIGIN_LENGTH} characters")
    if value.lower() == "null":
        raise InvalidOrigin("is what browsers send where there is no origin, for sandboxed frames and local files")
    if "," in value or (" " in value and value.count("://") > 1):
        raise InvalidOrigin("holds several origins; expected one")
    if not value.isascii():
        raise InvalidOrigin("is not ASCII; write the host in punycode: xn--...")
    if " " in value or not value.isprintable():
        raise InvalidOrigin("holds a space or a control character")


def _split(rest: str) -> tuple[str, int | None]:
    """Take apart what follows the scheme."""
    for character in rest:
        if character in _SURPLUS:
            raise InvalidOrigin(_SURPLUS[character])
        if character == "@":
            raise InvalidOrigin("has a user name; an origin has none")
    try:
        return split_host(rest)
    except InvalidHost as error:
        raise InvalidOrigin(f"has no usable host: {error}") from None
