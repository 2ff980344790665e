"""Which addresses are public."""

from __future__ import annotations

__all__ = ["is_private_hostname", "validate_public_ip_address"]


def is_private_hostname(host: str) -> bool:
    """Tell whether a host is, or resolves to, an address that is not public."""
    raise NotImplementedError


def validate_public_ip_address(address: str) -> None:
    """Refuse an address that is not public.

    Raises:
        AttachmentError: It is not.
    """
    raise NotImplementedError
