"""Domain names as DNS has them, for addresses and for URLs."""

from __future__ import annotations

import re
import unicodedata

from openviper.core.email._building.characters import named

__all__ = ["DomainError", "ascii_domain", "ends_in_number"]

# What parsers of addresses in libraries and browsers take for one of IPv4, 127, 0177 or 0x7f (WHATWG URL, "ends in a
# number").
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# What some programs take for a dot (RFC 3490, 3.1), and the two letters that lower() turns into ASCII ones.
_MISREAD = frozenset("\u3002\uff0e\uff61\u212a\u0130")


class DomainError(ValueError):
    """What is wrong with a domain, to be said after the address or the URL that has it."""


def ascii_domain(text: str) -> str:
    """Return a domain in lower case, as A-labels where it has others than ASCII characters (RFC 5891).

    Args:
        text: As it was typed, up to 253 characters. Composed and decomposed letters count as the same.

    Raises:
        DomainError: IDNA 2008 does not have it, or programs differ about what it is.
    """
    if text.isascii():
        return text.lower()
    for char in text:
        if char in _MISREAD or unicodedata.category(char)[0] in "CZ":
            raise DomainError(f"has {named(char)} in the domain")
    import idna  # noqa: PLC0415 - its tables take 10 to 20 ms, and hardly a domain needs them

    try:
        # Without the mappings of UTS 46, which make 127.0.0.1 of the like in circles: what is not written as it is
        # registered is refused, not guessed.
        return idna.encode(unicodedata.normalize("NFC", text).lower(), strict=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise DomainError(f"has a domain that IDNA 2008 does not have ({error})") from None


def ends_in_number(domain: str) -> bool:
    """Tell whether the last label of a domain in lower case is a number, so that it is an address to many programs."""
    return _NUMBER.fullmatch(domain.rpartition(".")[2]) is not None
