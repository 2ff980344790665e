"""Which addresses are public: those that a URL from somebody else may lead to.

``ipaddress.is_global`` is not enough. On Python 3.11 it lets multicast, NAT64, 6to4 and others pass that lead back into
the own network, and it cannot know what a cloud has put at an address that looks public.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from openviper.core.email.errors import AttachmentError

__all__ = ["Judge", "are_allowed", "check_address", "is_private_hostname", "is_public", "validate_public_ip_address"]

#: Tells whether an address may be connected to.
Judge: TypeAlias = Callable[[IPv4Address | IPv6Address], bool]

_IPV4_DENIED = tuple(
    IPv4Network(network)
    for network in (
        # The IANA IPv4 Special-Purpose Address Registry (RFC 6890), whole blocks, and what is never a host.
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private use
        "100.64.0.0/10",  # shared address space; 100.100.100.200 is Alibaba's metadata
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link local; 169.254.169.254 is most clouds' metadata
        "172.16.0.0/12",  # private use
        "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private use
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "168.63.129.16/32",  # Azure's own, in every machine there
    )
)
# What IANA has given out for unicast. Loopback, mapped addresses, NAT64, site-local and multicast are outside of it.
_IPV6_ALLOWED = IPv6Network("2000::/3")
_IPV6_DENIED = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address belongs to a host on the public internet, and to no special use."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _IPV4_DENIED)
    if address.scope_id is not None or address not in _IPV6_ALLOWED:
        return False
    return not any(address in network for network in _IPV6_DENIED)


def validate_public_ip_address(address: str) -> None:
    """Refuse an address that is not public: of a host, and again of the peer that was connected to.

    Raises:
        AttachmentError: It is not, or is no address.
    """
    check_address(address, is_public)


def check_address(address: str, judge: Judge) -> None:
    """Refuse an address that may not be connected to.

    Raises:
        AttachmentError: It may not, or is no address.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        raise AttachmentError(f"{address!r:.300} is no IP address; expected one such as '93.184.215.14'") from None
    if not judge(parsed):
        raise AttachmentError(f"{address} is not a public address; attachments are fetched from public ones only")


def is_private_hostname(host: str, addresses: Iterable[str] | None = None) -> bool:
    """Tell whether any address of a host is not public, or none can be found.

    Args:
        host: A name, or a literal address without brackets.
        addresses: What the name was resolved to. ``None``: it is looked up now, in the calling thread.
    """
    return not are_allowed(_look_up(host) if addresses is None else addresses, is_public)


def are_allowed(addresses: Iterable[str], judge: Judge) -> bool:
    """Tell whether there are addresses, and every one may be connected to."""
    found = list(addresses)
    try:
        return bool(found) and all(judge(ip_address(address)) for address in found)
    except ValueError:
        return False


def _look_up(host: str) -> list[str]:
    try:
        return [str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, ValueError):
        # No such name, or none that can be asked for: an empty or overlong label, a NUL, half a character.
        return []
