"""Which names of ALLOWED_HOSTS no other machine would ask this one for."""

from __future__ import annotations

from ipaddress import ip_address

__all__ = ["is_local_host"]


def is_local_host(pattern: str) -> bool:
    """Tell whether a pattern of ALLOWED_HOSTS names this machine alone.

    Such are ``localhost`` and all below it (RFC 6761, 6.3), loopback and unspecified addresses, with or without
    brackets, and ``testserver``, which test clients ask for.
    """
    name = pattern.lower().removesuffix(".")
    if name in ("localhost", "testserver") or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
