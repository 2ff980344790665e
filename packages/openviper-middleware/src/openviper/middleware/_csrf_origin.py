"""Where a request comes from, by the headers that no page can forge.

The algorithm is that of ``CrossOriginProtection`` in Go 1.25's net/http: Sec-Fetch-Site (Fetch Metadata, W3C) where
the browser sends it, else Origin against Host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.middleware._hosts import InvalidHost, split_host
from openviper.middleware._origins import InvalidOrigin, Origin, default_port, parse_origin

if TYPE_CHECKING:
    from openviper.core.plain_middleware import Headers

__all__ = ["OWN_SITES", "OriginCheck"]

#: The values of Sec-Fetch-Site that need no further look: a page of this origin, or the user (an address, a bookmark).
OWN_SITES = frozenset({b"same-origin", b"none"})

_OTHER_SITES = {b"cross-site": "cross-site", b"same-site": "same-site"}


class OriginCheck:
    """Tells requests of other origins by their headers.

    Args:
        trusted: Origins whose requests pass.
    """

    def __init__(self, trusted: frozenset[Origin]) -> None:
        self._trusted = trusted

    def problem(self, headers: Headers, *, secure: bool) -> str | None:
        """Return what is wrong with a request that has Sec-Fetch-Site or Origin, ``None`` where nothing is.

        Args:
            headers: Of the request, by name.
            secure: Whether it came over TLS.
        """
        site = headers.get(b"sec-fetch-site")
        origin = headers.get(b"origin", b"").decode("latin-1")
        if site:
            if site in OWN_SITES or self._trusts(origin):
                return None
            return f"Sec-Fetch-Site is {_OTHER_SITES.get(site, 'not same-origin')}"
        try:
            sender = parse_origin(origin)
        except InvalidOrigin:
            return "Origin is null" if origin == "null" else "Origin is not one origin"
        return None if sender in self._trusted else _foreign(sender, headers.get(b"host", b""), secure)

    def _trusts(self, origin: str) -> bool:
        try:
            return parse_origin(origin) in self._trusted
        except InvalidOrigin:
            return False


def _foreign(sender: Origin, host: bytes, secure: bool) -> str | None:
    """Return what makes ``sender`` another origin than that of ``host``."""
    if sender.scheme not in ("http", "https"):
        return "Origin is neither http nor https"
    if secure and sender.scheme == "http":
        return "Origin is http, and the request came over https"
    try:
        name, port = split_host(host)
    except InvalidHost:
        return "Host is not one host, so Origin cannot be compared with it"
    # Without a port Host means that of the scheme, and the scheme that we see may be a proxy's.
    if (name, default_port(sender.scheme) if port is None else port) != (sender.host, sender.port):
        return "Origin is not that of this host"
    return None
