"""The CRC-32 of two pieces from those of each, as gzip (RFC 1952, section 8) counts it.

A CRC is a polynomial over GF(2), modulo that of CRC-32; putting ``n`` bytes after a piece multiplies the CRC of the
piece by x to the power of ``8 n``.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["combine"]

_MODULUS = 0xEDB88320
# Bit 31 is the coefficient of x to the power of 0.
_ONE = 1 << 31
_X8 = 1 << 23


def _times(first: int, second: int) -> int:
    product = 0
    for bit in range(31, -1, -1):
        if first >> bit & 1:
            product ^= second
        second = second >> 1 ^ (_MODULUS if second & 1 else 0)
    return product


def combine(first: int, second: int, length: int) -> int:
    """Return the CRC-32 of two pieces, one after the other; ``length``: bytes of the second."""
    return _times(_factor(length), first) ^ second


# Most pieces are of one length.
@lru_cache(maxsize=8)
def _factor(length: int) -> int:
    power, factor = _X8, _ONE
    while length:
        if length & 1:
            factor = _times(factor, power)
        power = _times(power, power)
        length >>= 1
    return factor
