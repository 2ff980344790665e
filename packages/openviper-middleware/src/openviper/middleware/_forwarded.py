"""What proxies write about the client: the elements of a header from the right, and the addresses in them.

Each proxy appends to what it was given, so only the right end was written by the nearest one; what stands at the left
may be anything. Work is bounded: :data:`MOST_HOPS` elements, :data:`LONGEST_NODE` bytes of each address.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeAlias

__all__ = ["LONGEST_NODE", "MOST_HOPS", "Address", "elements", "pairs", "parse_address", "parse_node"]

Address: TypeAlias = IPv4Address | IPv6Address

#: As many proxies may stand in a row.
MOST_HOPS = 32
#: An IPv6 address in full, with brackets and port, has 53 bytes; the rest is for a zone.
LONGEST_NODE = 80


def elements(value: bytes) -> list[bytes]:
    """Return the elements of a list header, the rightmost first, without empty ones (RFC 9110, 5.6.1.2)."""
    parts = value.rsplit(b",", MOST_HOPS)
    if len(parts) > MOST_HOPS:
        # What is left of the last split is a list itself.
        del parts[0]
    parts.reverse()
    return [stripped for part in parts if (stripped := part.strip(b" \t"))]


def pairs(element: bytes) -> dict[bytes, bytes]:
    """Return the parameters of an element of ``Forwarded`` (RFC 7239, 4), their names in lower case.

    One that is malformed, or names a parameter twice, has none. So has one with a comma, semicolon or backslash inside
    quotes: no address and no host needs them, and read differently by two parsers they hide an element.
    """
    found: dict[bytes, bytes] = {}
    for part in element.split(b";"):
        name, separator, value = part.strip(b" \t").partition(b"=")
        name = name.lower()
        text = _unquoted(value)
        if not separator or not name or text is None or name in found:
            return {}
        found[name] = text
    return found


def _unquoted(value: bytes) -> bytes | None:
    inner = value[1:-1] if len(value) >= 2 and value[:1] == value[-1:] == b'"' else value
    return None if b'"' in inner or b"\\" in inner else inner


def parse_node(raw: bytes) -> tuple[Address, int] | None:
    """Return the address and port of a hop, the port 0 where there is none.

    ``192.0.2.1``, ``192.0.2.1:4711``, ``2001:db8::1``, ``[2001:db8::1]:4711``. ``None`` for what tells no address:
    ``unknown``, ``_hidden`` (RFC 7239, 6) and garbage.
    """
    if len(raw) > LONGEST_NODE or not raw.isascii():
        return None
    text = raw.decode("ascii")
    port = ""
    if text.startswith("["):
        text, bracket, rest = text[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        if not bracket or ":" not in text or colon not in ("", ":"):
            return None
    elif text.count(":") == 1:
        text, colon, port = text.partition(":")
    else:
        colon = ""
    address = parse_address(text)
    number = _port(port) if colon else 0
    return None if address is None or number is None else (address, number)


def parse_address(text: str) -> Address | None:
    """Return an IP address without its zone, which means something on one machine only; ``None`` for anything else.

    An IPv4 address in IPv6 clothes (``::ffff:192.0.2.1``), as sockets for both show it, is the IPv4 address.
    """
    bare, zone, _ = text.partition("%")
    if zone and ":" not in bare:
        return None
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address
    return address


def _port(text: str) -> int | None:
    if text.startswith("_"):
        # Hidden by the proxy (RFC 7239, 6.3).
        return 0
    if not text.isdigit() or len(text) > 5:
        return None
    number = int(text)
    return number if number <= 65535 else None
