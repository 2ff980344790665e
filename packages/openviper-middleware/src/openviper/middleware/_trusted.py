"""Which hops are trusted proxies, and which of a chain of hops is the client."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from openviper.conf import ImproperlyConfigured
from openviper.middleware._forwarded import Address, parse_address, parse_node
from openviper.middleware._options import Option

__all__ = ["Client", "TrustedProxies"]

Network: TypeAlias = IPv4Network | IPv6Network
#: As in ``scope["client"]``: an address and a port, 0 where it is not known.
Client: TypeAlias = tuple[str, int]

# Peers are remembered, and clients choose them.
_MOST_KNOWN = 4096
_MAPPED = IPv6Network("::ffff:0:0/96")
_EXPECTED = "a network ('10.0.0.0/8'), an address ('::1') or 'unix'"


class TrustedProxies:
    """The configured networks.

    Args:
        option: Networks, addresses, and ``unix`` for peers without an address.

    Raises:
        ImproperlyConfigured: It is no sequence, or an entry is none of these.
    """

    def __init__(self, option: Option) -> None:
        entries = option.each(_network)
        #: Whether a peer without an address is trusted.
        self.unix = None in entries
        self._networks = tuple(entry for entry in entries if entry is not None)
        self._trusts_host = lru_cache(_MOST_KNOWN)(self._includes_host)

    def trusts(self, peer: Sequence[object] | None) -> bool:
        """Tell whether ``scope["client"]`` is a trusted proxy."""
        host = peer[0] if peer else None
        return self._trusts_host(host) if isinstance(host, str) and host else self.unix

    def client_of(self, nodes: Iterable[bytes]) -> tuple[Client | None, int]:
        """Return the client and how far from the right it stands.

        Args:
            nodes: What the hops are called, the rightmost first.

        The client is the first hop that is not trusted, else the last one that has an address; ``None`` where the
        rightmost has none.
        """
        client: Client | None = None
        distance = 0
        for index, node in enumerate(nodes):
            found = parse_node(node)
            if found is None:
                break
            address, port = found
            client, distance = (str(address), port), index
            if not self._includes(address):
                break
        return client, distance

    def _includes_host(self, host: str) -> bool:
        address = parse_address(host)
        return address is not None and self._includes(address)

    def _includes(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def _network(item: Option) -> Network | None:
    """Return a network, ``None`` for ``unix``."""
    entry = item.value
    if entry == "unix":
        return None
    if entry == "*":
        raise ImproperlyConfigured(
            f"{item} would let whoever can reach the server say who they are; expected the proxies' networks, or "
            "'0.0.0.0/0' and '::/0' where nothing but proxies can reach it"
        )
    if not isinstance(entry, str):
        raise item.refused(_EXPECTED)
    try:
        # A zone is another one on every machine.
        network = ip_network("" if "%" in entry else entry, strict=False)
    except ValueError:
        raise ImproperlyConfigured(f"{item} is no network; expected {_EXPECTED}") from None
    address = entry.partition("/")[0]
    if "/" in entry and str(network.network_address) != str(ip_address(address)):
        raise ImproperlyConfigured(f"{item} has bits beyond its mask; expected '{network}' or {address!r}")
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        plain = IPv4Network((network.network_address.packed[-4:], network.prefixlen - 96))
        raise ImproperlyConfigured(f"{item} is an IPv4 network; expected '{plain}'")
    return network
